// Which contexts and functions the keys of a workflow file know (docs.github.com, "Context availability").
#pragma once

#include "core/workflow/expression.h"

namespace sluice::workflow::places {

extern const ExpressionPlace kRunName;
extern const ExpressionPlace kConcurrency;
extern const ExpressionPlace kEnv;
extern const ExpressionPlace kDispatchInput;
extern const ExpressionPlace kCallOutput;

extern const ExpressionPlace kJobName;
extern const ExpressionPlace kJobIf;
extern const ExpressionPlace kJobRunsOn;
extern const ExpressionPlace kJobConcurrency;
extern const ExpressionPlace kJobEnvironment;
extern const ExpressionPlace kJobEnvironmentUrl;
extern const ExpressionPlace kJobEnv;
extern const ExpressionPlace kJobDefaults;
extern const ExpressionPlace kJobStrategy;
extern const ExpressionPlace kJobOutputs;
extern const ExpressionPlace kJobTimeout;
extern const ExpressionPlace kJobContinueOnError;
extern const ExpressionPlace kJobContainer;
extern const ExpressionPlace kJobContainerEnv;
extern const ExpressionPlace kJobContainerCredentials;
extern const ExpressionPlace kJobWith;
extern const ExpressionPlace kJobSecrets;

extern const ExpressionPlace kStepIf;
extern const ExpressionPlace kStep;  ///< All other keys of a step.

/// Knows everything: for `sluice eval`.
extern const ExpressionPlace kAnywhere;
/// No expression may stand here.
extern const ExpressionPlace kNowhere;

}  // namespace sluice::workflow::places
