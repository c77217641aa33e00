// Chance from a seed, for traffic that is made up: the same numbers on every machine, which the standard's
// distributions do not promise. Not for secrets.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace sluice::rehearsal {

/// xoshiro256++ of David Blackman and Sebastiano Vigna (2019), seeded by splitmix64.
class Dice {
 public:
  explicit Dice(std::uint64_t seed);

  std::uint64_t next();
  /// 0 to 1, without 1.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool happens(double probability) { return uniform() < probability; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  /// How many events of a Poisson process come in a span in which `mean` are expected.
  std::int64_t poisson(double mean);
  double exponential(double mean);
  /// 1, 2, …; the mean is at least 1.
  std::int64_t geometric(double mean);
  /// A rate that is itself drawn: Beta(mean * strength, (1 - mean) * strength).
  double beta(double mean, double strength);

 private:
  double gamma(double shape);
  double normal();

  std::array<std::uint64_t, 4> state_;
};

/// Draws an index by weights in one step (Alastair Walker's alias method, 1977).
class AliasTable {
 public:
  /// `weights` are not negative, and one is above 0.
  explicit AliasTable(const std::vector<double>& weights);

  std::size_t draw(Dice& dice) const {
    const double place = dice.uniform() * static_cast<double>(keep_.size());
    const auto index = static_cast<std::size_t>(place);
    return place - static_cast<double>(index) < keep_[index] ? index : other_[index];
  }

 private:
  std::vector<double> keep_;
  std::vector<std::size_t> other_;
};

}  // namespace sluice::rehearsal
