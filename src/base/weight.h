// A share of traffic in hundredths of a percent, 0 (none) to 10000 (all): the finest share the routers take.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

class Weight {
 public:
  static constexpr int kFull = 10'000;

  constexpr Weight() = default;
  /// Error: InvalidInput outside 0..10000.
  static Result<Weight> from_basis_points(int basis_points);
  /// Reads `10%`, `0.25%`, `100%`: at most two decimals. Error: InvalidInput.
  static Result<Weight> parse(std::string_view text);
  static constexpr Weight none() { return Weight(0); }
  static constexpr Weight full() { return Weight(kFull); }

  constexpr int basis_points() const { return basis_points_; }
  constexpr Weight complement() const { return Weight(kFull - basis_points_); }
  /// `10%`, `0.25%`.
  std::string to_string() const;

  friend constexpr auto operator<=>(const Weight&, const Weight&) = default;

 private:
  constexpr explicit Weight(int basis_points) : basis_points_(basis_points) {}
  int basis_points_ = 0;
};

}  // namespace sluice
