// Works out what a step is to do.
#pragma once

#include "base/result.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/run.h"

namespace sluice::workflow {

/// The values of a mapping of variables as text, in an object that respects case; errors of its expressions.
Result<Object> evaluate_env(const std::optional<Field>& env, const Evaluation& evaluation);

/// `evaluation` with the step's own `env` in its env context, as its `if`, `run` and `with` see it.
Result<Evaluation> with_step_env(const Step& step, const Evaluation& evaluation);

/// For people: the name that is written, else what it runs.
std::string step_name(const Step& step, const Evaluation& evaluation);

/// The work, environment and timeout; the caller fills in leg, step, path and status.
Result<StartStep> plan_step(const Workflow& workflow, const Job& job, const Step& step, const Evaluation& evaluation);

/// `field` in minutes; nothing when it is not written. Error: InvalidInput when it is no number above 0.
Result<std::optional<Milliseconds>> evaluate_minutes(const std::optional<Field>& field, const Evaluation& evaluation);

/// False when it is not written. Error: InvalidInput when it is neither true nor false.
Result<bool> evaluate_flag(const std::optional<Field>& field, const Evaluation& evaluation);

}  // namespace sluice::workflow
