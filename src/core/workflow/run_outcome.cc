#include "core/workflow/run_outcome.h"

#include <utility>

namespace sluice::workflow {

std::string_view to_string(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::Success: return "success";
    case RunOutcome::Failure: return "failure";
    case RunOutcome::Cancelled: return "cancelled";
    case RunOutcome::Interrupted: return "interrupted";
  }
  std::unreachable();
}

std::optional<RunOutcome> parse_run_outcome(std::string_view name) {
  for (const RunOutcome outcome :
       {RunOutcome::Success, RunOutcome::Failure, RunOutcome::Cancelled, RunOutcome::Interrupted}) {
    if (to_string(outcome) == name) return outcome;
  }
  return std::nullopt;
}

RunOutcome run_outcome(Outcome outcome) {
  switch (outcome) {
    case Outcome::Success:
    case Outcome::Skipped: return RunOutcome::Success;
    case Outcome::Failure: return RunOutcome::Failure;
    case Outcome::Cancelled: return RunOutcome::Cancelled;
  }
  std::unreachable();
}

std::optional<Outcome> parse_outcome(std::string_view name) {
  for (const Outcome outcome : {Outcome::Success, Outcome::Failure, Outcome::Cancelled, Outcome::Skipped}) {
    if (to_string(outcome) == name) return outcome;
  }
  return std::nullopt;
}

}  // namespace sluice::workflow
