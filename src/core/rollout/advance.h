// The heart: what follows from an event. Pure: no clock, no files, no chance; the same events give the same state.
#pragma once

#include <optional>
#include <vector>

#include "core/rollout/effect.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"

namespace sluice::rollout {

struct Step {
  State state;
  std::vector<Effect> effects;  ///< To be carried out now, in any order.
};

/// The first event of a deployment. `plan.strategy.steps` is not empty and ends at 100%.
Step start(const Started& started, TimePoint now);

/// Any later event. An event that no longer fits (an answer to an effect given up, a word after the end) changes
/// nothing. `now` never lies before the `now` of an earlier event.
Step advance(const State& state, const Event& event, TimePoint now);

/// When `DeadlineReached` is wanted next. Every state that is not an end has one.
std::optional<TimePoint> next_deadline(const State& state);

/// Whether the traffic can still go back to BLUE as it is: false once BLUE is being stopped (in a release: drained),
/// and after the end.
bool can_roll_back(const State& state);

}  // namespace sluice::rollout
