// What the end of a deployment comes to in figures, for metrics over many of them.
#pragma once

#include <optional>

#include "base/time.h"

namespace sluice::rollout {

struct State;

/// The measures are those of the user story: how often it goes well, how long it takes, how often and how fast it is
/// taken back.
struct EndFigures {
  TimePoint at{};  ///< Of the end.
  /// Nothing where it was cancelled before it had traffic: that says nothing about the revision.
  std::optional<bool> succeeded;
  bool rolled_back = false;
  /// From the start until GREEN had all of the traffic, by what was read back; where it never had, until BLUE had it
  /// again, or until the end. A bake at 100% is in none of them.
  Milliseconds duration{0};
  /// Of a rollback: from the first sign (the breach, the decision, a person's word, or the hold that came before it)
  /// until the split of before was read back.
  std::optional<Milliseconds> recovery;
  /// Of a success whose commit's time is known: from the commit until GREEN had all of the traffic.
  std::optional<Milliseconds> lead;
  friend bool operator==(const EndFigures&, const EndFigures&) = default;
};

/// Of a state that has ended. No figure is negative, also where the clock was stepped back.
EndFigures end_figures(const State& state);

}  // namespace sluice::rollout
