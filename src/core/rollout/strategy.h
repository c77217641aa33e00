// How traffic moves: the list of traffic steps, each a weight with its bake time.
#pragma once

#include <vector>

#include "base/time.h"
#include "base/weight.h"

namespace sluice::rollout {

struct TrafficStep {
  Weight weight;      ///< GREEN's share from this step on. Rises from step to step; the last is 100%.
  Milliseconds bake;  ///< How long the checks watch before the next step; at the last step BLUE stays warm.
  friend bool operator==(const TrafficStep&, const TrafficStep&) = default;
};

struct Strategy {
  std::vector<TrafficStep> steps;
  Milliseconds hold_for{std::chrono::minutes{60}};          ///< A hold older than this rolls back.
  Milliseconds drain{std::chrono::seconds{30}};             ///< Limit for open requests of a retired colour.
  Milliseconds drain_websockets{std::chrono::minutes{10}};  ///< Limit for open WebSockets of a retired colour.
  /// Whether a traffic step is over only when the figures of its last minutes are known. Else it ends with its bake,
  /// judged by what is known then, and later figures count in the next step; the last step always waits.
  bool waits_for_figures = true;
  friend bool operator==(const Strategy&, const Strategy&) = default;
};

}  // namespace sluice::rollout
