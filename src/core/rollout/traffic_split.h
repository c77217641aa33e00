// How the traffic of a service is divided between its two slots.
#pragma once

#include "base/weight.h"
#include "core/rollout/colour.h"

namespace sluice::rollout {

/// `slot_b` of the traffic goes to slot B, the rest to A. A closed route answers 503.
struct TrafficSplit {
  bool open = false;
  Weight slot_b;
  friend bool operator==(const TrafficSplit&, const TrafficSplit&) = default;
};

/// The share of a slot in a split; none when the route is closed.
constexpr Weight share_of(const TrafficSplit& split, Slot slot) {
  if (!split.open) return Weight::none();
  return slot == Slot::B ? split.slot_b : split.slot_b.complement();
}

}  // namespace sluice::rollout
