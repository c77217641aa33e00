// What a block of the sequential test holds: requests and events of both colours.
#pragma once

#include <array>
#include <cstdint>

#include "core/analysis/sequential_settings.h"

namespace sluice::analysis {

/// More than a slot can hold; larger counts are taken for garbage.
inline constexpr std::int64_t kMostCount = 1'000'000'000'000;

struct ColourCounts {
  std::int64_t requests = 0;  ///< The exposure.
  std::int64_t events = 0;

  double rate() const { return requests > 0 ? static_cast<double>(events) / static_cast<double>(requests) : 0; }
  ColourCounts& operator+=(const ColourCounts& other) {
    requests += other.requests;
    events += other.events;
    return *this;
  }
  friend bool operator==(const ColourCounts&, const ColourCounts&) = default;
};

struct BlockCounts {
  ColourCounts green;
  ColourCounts blue;

  BlockCounts& operator+=(const BlockCounts& other) {
    green += other.green;
    blue += other.blue;
    return *this;
  }
  friend bool operator==(const BlockCounts&, const BlockCounts&) = default;
};

/// One number for each alternative.
using PerAlternative = std::array<double, kAlternatives>;

}  // namespace sluice::analysis
