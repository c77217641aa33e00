// The contexts that the expressions of a run see.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/workflow/advance.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/run.h"

namespace sluice::workflow {

/// github, inputs and vars: for run-name and the workflow's concurrency group.
Evaluation start_evaluation(const RunPlan& plan);

/// For keys of a job: github, needs, inputs, vars, secrets; success() looks at all jobs that it needs, directly or not.
Evaluation job_evaluation(const RunState& state, std::size_t job);

/// For keys of a leg: those of its job, and strategy, matrix, job, runner, env and steps. Status functions are those of
/// steps.
Evaluation leg_evaluation(const RunState& state, LegId leg, const RunWorld& world);

/// True when the condition holds; without a status function it also needs success(). No condition: success().
Result<bool> holds(const std::optional<Condition>& condition, const Evaluation& evaluation);

/// All jobs that a job needs, directly or through others (indexes in `Workflow::jobs`).
std::vector<std::size_t> ancestors_of(const Workflow& workflow, std::size_t job);

/// The jobs that `job` names in `needs`.
std::vector<std::size_t> needs_of(const Workflow& workflow, std::size_t job);

}  // namespace sluice::workflow
