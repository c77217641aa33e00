#include "core/analysis/bernoulli_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

/// Bisection alone would end here; Newton needs 3 to 6.
constexpr int kMostIterations = 100;
/// The last step, as a share of b: the error after it is of the order of its square.
constexpr double kLastStep = 1e-9;

}  // namespace

BernoulliBlock::BernoulliBlock(const SequentialSettings& settings, const SequentialMetric& metric)
    : ratio_(metric.ratio),
      slack_(metric.slack),
      lowest_(settings.lowest_rate),
      highest_(settings.highest_rate),
      hopeless_(settings.hopeless_rate) {
  std::ranges::transform(settings.alternatives, odds_.begin(), [](double d) { return std::exp(d); });
}

void BernoulliBlock::fix(double blue_rate) {
  const double blue = std::clamp(blue_rate, lowest_, highest_);
  if (blue == blue_) return;
  blue_ = blue;
  const double allowed = ratio_ * blue_ + slack_;
  usable_ = allowed < hopeless_;
  if (!usable_) return;
  log_blue_ = std::log(blue_);
  log_not_blue_ = std::log1p(-blue_);
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    const double odds = allowed / (1 - allowed) * odds_[i];
    green_[i] = odds / (1 + odds);
    log_green_[i] = std::log(green_[i]);
    log_not_green_[i] = -std::log1p(odds);
  }
}

/// For each alternative the b that minimises green_requests * KL(green || ratio*b + slack) + blue_requests * KL(blue ||
/// b). That is strictly convex between the bounds, so its derivative has one root there, and so has the derivative
/// times b*(1-b)*g*(1-g), a cubic without divisions: Newton on it, kept inside a shrinking bracket. All alternatives go
/// in step and without branches, so that the compiler can use wide registers: this is where the engine's time goes.
PerAlternative BernoulliBlock::nearest_blue(double green_requests, double blue_requests) const {
  PerAlternative b;
  PerAlternative low;
  PerAlternative high;
  const double pull = green_requests * ratio_;
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    low[i] = blue_;
    high[i] = std::min((green_[i] - slack_) / ratio_, 1 - std::numeric_limits<double>::epsilon());
    const double pooled = (green_requests * (green_[i] - slack_) + blue_requests * blue_) / (pull + blue_requests);
    b[i] = std::clamp(pooled, low[i], high[i]);
  }
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    double furthest = 0;
    for (std::size_t i = 0; i < kAlternatives; ++i) {
      const double x = b[i];
      const double g = ratio_ * x + slack_;
      const double above = blue_requests * (x - blue_);
      const double below = pull * (green_[i] - g);
      const double value = above * g * (1 - g) - below * x * (1 - x);
      const double slope = blue_requests * g * (1 - g) + above * ratio_ * (1 - 2 * g) + pull * ratio_ * x * (1 - x) -
                           below * (1 - 2 * x);
      low[i] = value < 0 ? x : low[i];
      high[i] = value < 0 ? high[i] : x;
      const double newton = x - value / slope;
      const double middle = low[i] + (high[i] - low[i]) / 2;
      const bool inside = newton >= low[i] && newton <= high[i];
      const double next = inside ? newton : middle;
      furthest = std::max(furthest, std::abs(next - x) / x);
      b[i] = next;
    }
    if (furthest <= kLastStep) break;
  }
  return b;
}

PerAlternative BernoulliBlock::log_evidence(const BlockCounts& counts) const {
  PerAlternative result{};
  if (!usable_ || counts.green.requests <= 0 || counts.blue.requests <= 0) return result;
  const auto ng = static_cast<double>(counts.green.requests);
  const auto nb = static_cast<double>(counts.blue.requests);
  const auto kg = static_cast<double>(counts.green.events);
  const auto kb = static_cast<double>(counts.blue.events);
  const PerAlternative nearest = nearest_blue(ng, nb);
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    const double b = nearest[i];
    const double g = ratio_ * b + slack_;
    double log_e = (ng - kg) * (log_not_green_[i] - std::log1p(-g)) + (nb - kb) * (log_not_blue_ - std::log1p(-b));
    if (kg > 0) log_e += kg * (log_green_[i] - std::log(g));
    if (kb > 0) log_e += kb * (log_blue_ - std::log(b));
    result[i] = log_e;
  }
  return result;
}

}  // namespace sluice::analysis
