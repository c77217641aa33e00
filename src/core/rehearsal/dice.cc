#include "core/rehearsal/dice.h"

#include <bit>
#include <cmath>

namespace sluice::rehearsal {
namespace {

/// Longer products of uniforms would lose their smallest bits.
constexpr double kMostAtOnce = 30;

}  // namespace

Dice::Dice(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    word = mixed ^ (mixed >> 31);
  }
}

std::uint64_t Dice::next() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

/// Donald Knuth's way, in parts: a sum of independent Poisson counts is one of the sum of their means.
std::int64_t Dice::poisson(double mean) {
  std::int64_t count = 0;
  while (mean > 0) {
    const double part = mean > kMostAtOnce ? kMostAtOnce : mean;
    mean -= part;
    const double limit = std::exp(-part);
    for (double product = uniform(); product > limit; product *= uniform()) ++count;
  }
  return count;
}

double Dice::exponential(double mean) { return -mean * std::log1p(-uniform()); }

std::int64_t Dice::geometric(double mean) {
  if (mean <= 1) return 1;
  return 1 + static_cast<std::int64_t>(std::log1p(-uniform()) / std::log1p(-1 / mean));
}

/// The polar method of George Marsaglia, one of its two values.
double Dice::normal() {
  for (;;) {
    const double x = between(-1, 1);
    const double y = between(-1, 1);
    const double square = x * x + y * y;
    if (square < 1 && square > 0) return x * std::sqrt(-2 * std::log(square) / square);
  }
}

/// George Marsaglia and Wai Wan Tsang (2000); below shape 1 by the power of a uniform.
double Dice::gamma(double shape) {
  if (shape < 1) return gamma(shape + 1) * std::pow(uniform(), 1 / shape);
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Dice::beta(double mean, double strength) {
  const double one = gamma(mean * strength);
  const double other = gamma((1 - mean) * strength);
  return one + other > 0 ? one / (one + other) : mean;
}

AliasTable::AliasTable(const std::vector<double>& weights) : keep_(weights.size(), 1.0), other_(weights.size()) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<double> scaled;
  std::vector<std::size_t> small;
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    scaled.push_back(weights[i] * static_cast<double>(weights.size()) / sum);
    (scaled.back() < 1 ? small : large).push_back(i);
    other_[i] = i;
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t little = small.back();
    const std::size_t much = large.back();
    small.pop_back();
    keep_[little] = scaled[little];
    other_[little] = much;
    scaled[much] -= 1 - scaled[little];
    if (scaled[much] >= 1) continue;
    large.pop_back();
    small.push_back(much);
  }
}

}  // namespace sluice::rehearsal
