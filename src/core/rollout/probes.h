// Requests of sluice's own to both colours, for services that users ask too rarely to compare by.
#pragma once

#include <vector>

#include "base/time.h"
#include "core/rollout/smoke_test.h"

namespace sluice::rollout {

struct Probes {
  double rate = 1;                  ///< A second and colour, 0.1..20.
  double below = 10;                ///< Only while users ask both colours together less often than this, a second.
  std::vector<SmokeTest> requests;  ///< One after the other, over and over; each says what is expected.
  friend bool operator==(const Probes&, const Probes&) = default;
};

}  // namespace sluice::rollout
