// The scheduler of a run, pure: which jobs and steps start, are skipped or cancelled, with what.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/workflow/run.h"

namespace sluice::workflow {

/// How long steps with `always()` may still run in a job that was cancelled or ran too long.
inline constexpr std::chrono::minutes kCancelGrace{5};

/// What evaluation needs from outside.
struct RunWorld {
  /// hashFiles() in the workspace of a leg.
  std::function<Result<std::string>(LegId leg, const std::vector<std::string>& patterns)> hash_files;
};

RunState make_run(std::shared_ptr<const RunPlan> plan);

struct Advanced {
  RunState state;
  std::vector<RunEffect> effects;  ///< To be begun in this order.
};
/// An event that no longer fits the state (a step that was given up) changes nothing.
Advanced advance(RunState state, const RunEvent& event, TimePoint now, const RunWorld& world);

/// When TimePassed must come at the latest, if nothing else happens.
std::optional<TimePoint> next_deadline(const RunState& state);

/// Of the whole run, once `state.done`: Failure when a job failed, else Cancelled when one was cancelled.
Outcome result_of(const RunState& state);

}  // namespace sluice::workflow
