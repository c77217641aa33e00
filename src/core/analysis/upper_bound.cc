#include "core/analysis/upper_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

constexpr int kMostIterations = 100;

/// E[exp(t*(x - p) - price(t)*(x - guess)^2)] <= 1 for x in [0, 1] with mean p, 0 <= t < 1 and any guess made before;
/// the same with (p - x). Fan, Grama & Liu 2015.
double price(double tilt) { return -std::log1p(-tilt) - tilt; }

/// Sum of (x - guess)^2 over the requests of a block.
double squares(const ColourCounts& counts, double guess) {
  const auto events = static_cast<double>(counts.events);
  const auto without = static_cast<double>(counts.requests - counts.events);
  return events * (1 - guess) * (1 - guess) + without * guess * guess;
}

}  // namespace

void UpperBound::add(double weight, double observed, const std::array<double, kTilts>& scatter) {
  weight_ += weight;
  observed_ += observed;
  for (std::size_t i = 0; i < kTilts; ++i) scatter_[i] += scatter[i];
}

/// Solves sum_i share_i * exp(tilt_i * s - scatter_i) = 1/alpha for the sum s that the average may still hide. The left
/// side is convex and rises, so Newton on its logarithm's exponent sum comes down to the root from the right.
std::optional<double> UpperBound::average_below(double alpha) const {
  if (!(weight_ > 0)) return std::nullopt;
  const double needed = -std::log(alpha);
  double s = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < kTilts; ++i) {
    s = std::min(s, (needed - std::log(kShare[i]) + scatter_[i]) / kTilt[i]);
  }
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    std::array<double, kTilts> logs;
    for (std::size_t i = 0; i < kTilts; ++i) logs[i] = std::log(kShare[i]) + kTilt[i] * s - scatter_[i];
    const double most = *std::ranges::max_element(logs);
    double sum = 0;
    double slope = 0;
    for (std::size_t i = 0; i < kTilts; ++i) {
      const double term = std::exp(logs[i] - most);
      sum += term;
      slope += kTilt[i] * term;
    }
    const double step = (most + std::log(sum) - needed) * sum / slope;
    if (!(step > 1e-12 * (std::abs(s) + 1))) break;
    s -= step;
  }
  return (observed_ + s) / weight_;
}

void RateBound::add(const ColourCounts& counts, double tempering) {
  if (counts.requests <= 0) return;
  const double sum = squares(counts, seen_.rate(prior_, prior_requests_)) / tempering;
  std::array<double, UpperBound::kTilts> scatter;
  for (std::size_t i = 0; i < scatter.size(); ++i) scatter[i] = price(UpperBound::kTilt[i]) * sum;
  sums_.add(static_cast<double>(counts.requests) / tempering, static_cast<double>(counts.events) / tempering, scatter);
  seen_.add(counts);
}

void DifferenceBound::add(const BlockCounts& block, double tempering) {
  if (block.green.requests <= 0 || block.blue.requests <= 0) return;
  const auto ng = static_cast<double>(block.green.requests);
  const auto nb = static_cast<double>(block.blue.requests);
  // What one request of a colour moves the weighted difference by; each at most 1.
  const double a_green = nb / (ng + nb);
  const double a_blue = ng / (ng + nb);
  const double green = squares(block.green, green_.rate(prior_, prior_requests_));
  const double blue = squares(block.blue, blue_.rate(prior_, prior_requests_));
  std::array<double, UpperBound::kTilts> scatter;
  for (std::size_t i = 0; i < scatter.size(); ++i) {
    const double tilt = UpperBound::kTilt[i];
    scatter[i] = (price(tilt * a_green) * green + price(tilt * a_blue) * blue) / tempering;
  }
  const double observed =
      a_green * static_cast<double>(block.green.events) - a_blue * static_cast<double>(block.blue.events);
  sums_.add(ng * a_green / tempering, observed / tempering, scatter);
  green_.add(block.green);
  blue_.add(block.blue);
}

}  // namespace sluice::analysis
