#include "core/workflow/places.h"

namespace sluice::workflow::places {
namespace {

using std::string_view;

constexpr string_view kStatus[] = {"always", "success", "failure", "cancelled"};
constexpr string_view kHash[] = {"hashfiles"};
constexpr string_view kStatusAndHash[] = {"always", "success", "failure", "cancelled", "hashfiles"};

constexpr string_view kStart[] = {"github", "inputs", "vars"};
constexpr string_view kWorkflowEnv[] = {"github", "secrets", "inputs", "vars"};
constexpr string_view kCall[] = {"github", "jobs", "vars", "inputs"};
constexpr string_view kNeeds[] = {"github", "needs", "vars", "inputs"};
constexpr string_view kMatrix[] = {"github", "needs", "strategy", "matrix", "vars", "inputs"};
constexpr string_view kMatrixEnv[] = {"github", "needs", "strategy", "matrix", "env", "vars", "inputs"};
constexpr string_view kMatrixSecrets[] = {"github", "needs", "strategy", "matrix", "vars", "secrets", "inputs"};
constexpr string_view kCredentials[] = {"github", "needs", "strategy", "matrix", "env", "vars", "secrets", "inputs"};
constexpr string_view kContainerEnv[] = {"github", "needs", "strategy", "matrix",  "job",
                                         "runner", "env",   "vars",     "secrets", "inputs"};
constexpr string_view kUrl[] = {"github", "needs", "strategy", "matrix", "job",
                                "runner", "env",   "vars",     "steps",  "inputs"};
constexpr string_view kInStep[] = {"github", "needs", "strategy", "matrix", "job",   "runner",
                                   "env",    "vars",  "secrets",  "steps",  "inputs"};
constexpr string_view kAll[] = {"github", "needs", "strategy", "matrix", "job",    "runner",
                                "env",    "vars",  "secrets",  "steps",  "inputs", "jobs"};

}  // namespace

const ExpressionPlace kRunName{"run-name", kStart, {}};
const ExpressionPlace kConcurrency{"concurrency", kStart, {}};
const ExpressionPlace kEnv{"env", kWorkflowEnv, {}};
const ExpressionPlace kDispatchInput{"inputs.<input_id>.default", kStart, {}};
const ExpressionPlace kCallOutput{"on.workflow_call.outputs.<output_id>.value", kCall, {}};

const ExpressionPlace kJobName{"jobs.<job_id>.name", kMatrix, {}};
const ExpressionPlace kJobIf{"jobs.<job_id>.if", kNeeds, kStatus};
const ExpressionPlace kJobRunsOn{"jobs.<job_id>.runs-on", kMatrix, {}};
const ExpressionPlace kJobConcurrency{"jobs.<job_id>.concurrency", kMatrix, {}};
const ExpressionPlace kJobEnvironment{"jobs.<job_id>.environment", kMatrix, {}};
const ExpressionPlace kJobEnvironmentUrl{"jobs.<job_id>.environment.url", kUrl, {}};
const ExpressionPlace kJobEnv{"jobs.<job_id>.env", kMatrixSecrets, {}};
const ExpressionPlace kJobDefaults{"jobs.<job_id>.defaults.run", kMatrixEnv, {}};
const ExpressionPlace kJobStrategy{"jobs.<job_id>.strategy", kNeeds, {}};
const ExpressionPlace kJobOutputs{"jobs.<job_id>.outputs.<output_id>", kInStep, {}};
const ExpressionPlace kJobTimeout{"jobs.<job_id>.timeout-minutes", kMatrix, {}};
const ExpressionPlace kJobContinueOnError{"jobs.<job_id>.continue-on-error", kMatrix, {}};
const ExpressionPlace kJobContainer{"jobs.<job_id>.container", kMatrix, {}};
const ExpressionPlace kJobContainerEnv{"jobs.<job_id>.container.env.<env_id>", kContainerEnv, {}};
const ExpressionPlace kJobContainerCredentials{"jobs.<job_id>.container.credentials", kCredentials, {}};
const ExpressionPlace kJobWith{"jobs.<job_id>.with.<with_id>", kMatrix, {}};
const ExpressionPlace kJobSecrets{"jobs.<job_id>.secrets.<secrets_id>", kMatrixSecrets, {}};

const ExpressionPlace kStepIf{"jobs.<job_id>.steps.if", kUrl, kStatusAndHash};
const ExpressionPlace kStep{"jobs.<job_id>.steps", kInStep, kHash};

const ExpressionPlace kAnywhere{"this place", kAll, kStatusAndHash};
const ExpressionPlace kNowhere{"this place", {}, {}};

}  // namespace sluice::workflow::places
