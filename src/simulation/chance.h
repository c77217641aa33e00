// Chance from one seed: the same numbers on every machine, which the standard's distributions do not promise.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/time.h"

namespace sluice::simulation {

class Chance {
 public:
  /// Streams of different names are independent: switching a fault off leaves the plan of the same seed as it was.
  Chance(std::uint64_t seed, std::string_view stream);

  std::uint64_t next();
  /// low..high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  Milliseconds between(Milliseconds low, Milliseconds high) { return Milliseconds{between(low.count(), high.count())}; }
  bool happens(double probability);

  template <typename T>
  const T& pick(const std::vector<T>& items) {
    SLUICE_ASSERT(!items.empty());
    return items[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(items.size()) - 1))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace sluice::simulation
