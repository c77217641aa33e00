// How often a call is repeated, and what is waited before: the standard mode of AWS's SDKs.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace sluice::aws {

inline constexpr int kCallAttempts = 3;
inline constexpr Milliseconds kLongestPause{20'000};

/// Before a call is made again that was made anew `repeats` times already: up to 1, 2, 4, … 20 s, of which `chance` (at
/// least 0, below 1) is taken.
inline Milliseconds pause_before_repeat(int repeats, double chance) {
  const Milliseconds longest = std::min(Milliseconds{1000} * (1 << repeats), kLongestPause);
  return Milliseconds{static_cast<std::int64_t>(static_cast<double>(longest.count()) * chance)};
}

}  // namespace sluice::aws
