// The first broken invariant of a run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice::simulation {

class Violations {
 public:
  /// Keeps the first one. `rule`: which invariant, e.g. `blue stays warm`.
  void add(TimePoint at, std::string_view rule, std::string_view what);
  const std::optional<std::string>& first() const { return first_; }

 private:
  std::optional<std::string> first_;
};

}  // namespace sluice::simulation
