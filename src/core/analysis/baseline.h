// What BLUE's figure of an alarm was before a deployment began.
#pragma once

#include <cstdint>

namespace sluice::analysis {

struct Baseline {
  std::int64_t requests = 0;  ///< Of latencies: those whose time was known.
  std::int64_t bad = 0;
  double value = 0;  ///< The figure that a threshold is held against: a share, or milliseconds.
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

}  // namespace sluice::analysis
