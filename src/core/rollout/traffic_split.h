// How the traffic of a service is divided between its two slots.
#pragma once

#include "base/weight.h"

namespace sluice::rollout {

/// `slot_b` of the traffic goes to slot B, the rest to A. A closed route answers 503.
struct TrafficSplit {
  bool open = false;
  Weight slot_b;
  friend bool operator==(const TrafficSplit&, const TrafficSplit&) = default;
};

}  // namespace sluice::rollout
