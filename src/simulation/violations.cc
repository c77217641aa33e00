#include "simulation/violations.h"

#include <fmt/format.h>

namespace sluice::simulation {

void Violations::add(TimePoint at, std::string_view rule, std::string_view what) {
  if (!first_) first_ = fmt::format("{}: {} (at {})", rule, what, format_rfc3339(at));
}

}  // namespace sluice::simulation
