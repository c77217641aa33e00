// How a run of a workflow ended, for whoever asks later.
#pragma once

#include <optional>
#include <string_view>

#include "core/workflow/run.h"

namespace sluice::workflow {

enum class RunOutcome {
  Success,
  Failure,
  Cancelled,
  Interrupted,  ///< The controller that it ran in died, and nothing that goes on decides it.
};
/// `success`, `failure`, `cancelled`, `interrupted`.
std::string_view to_string(RunOutcome outcome);
std::optional<RunOutcome> parse_run_outcome(std::string_view name);

/// Of a run that came to its own end. One in which every job was skipped succeeded.
RunOutcome run_outcome(Outcome outcome);

/// Of a step or a job.
std::optional<Outcome> parse_outcome(std::string_view name);

}  // namespace sluice::workflow
