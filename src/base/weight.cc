#include "base/weight.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sluice {

Result<Weight> Weight::from_basis_points(int basis_points) {
  if (basis_points < 0 || basis_points > kFull) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("a weight of {}% is not possible: it lies between 0% and 100%", basis_points / 100.0)};
  }
  return Weight(basis_points);
}

Result<Weight> Weight::parse(std::string_view text) {
  double percent = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  const bool has_unit = error == std::errc{} && stop + 1 == text.data() + text.size() && *stop == '%';
  if (!has_unit) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("'{}' is not a weight: write a share with its unit, like 10%", text)};
  }
  if (!(percent >= 0 && percent <= 100)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("a weight of {} is not possible: it lies between 0% and 100%", text)};
  }
  const double basis_points = percent * 100;
  if (std::abs(basis_points - std::round(basis_points)) > 1e-6) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("a weight of {} is too fine: hundredths of a percent are the smallest step", text)};
  }
  return Weight(static_cast<int>(std::lround(basis_points)));
}

std::string Weight::to_string() const {
  if (basis_points_ % 100 == 0) return fmt::format("{}%", basis_points_ / 100);
  if (basis_points_ % 10 == 0) return fmt::format("{}.{}%", basis_points_ / 100, basis_points_ % 100 / 10);
  return fmt::format("{}.{:02}%", basis_points_ / 100, basis_points_ % 100);
}

}  // namespace sluice
