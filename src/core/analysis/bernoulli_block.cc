#include "core/analysis/bernoulli_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

/// Bisection alone would end here; Newton needs 3 to 6.
constexpr int kMostIterations = 100;

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

/// The b that minimises green_requests * KL(green || ratio*b + slack) + blue_requests * KL(blue || b). Strictly convex
/// between its bounds, so the derivative has one root there; Newton, kept inside a shrinking bracket.
double BernoulliBlock::nearest_blue(std::size_t alternative, double green_requests, double blue_requests) const {
  const double green = green_[alternative];
  double low = blue_;
  double high = std::min((green - slack_) / ratio_, 1 - std::numeric_limits<double>::epsilon());
  double b = std::clamp(
      (green_requests * (green - slack_) + blue_requests * blue_) / (green_requests * ratio_ + blue_requests), low,
      high);
  for (int i = 0; i < kMostIterations; ++i) {
    const double g = ratio_ * b + slack_;
    const double slope =
        blue_requests * (b - blue_) / (b * (1 - b)) - green_requests * ratio_ * (green - g) / (g * (1 - g));
    const double curvature = green_requests * ratio_ * ratio_ * (green / (g * g) + (1 - green) / ((1 - g) * (1 - g))) +
                             blue_requests * (blue_ / (b * b) + (1 - blue_) / ((1 - b) * (1 - b)));
    (slope < 0 ? low : high) = b;
    double next = b - slope / curvature;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    const double moved = std::abs(next - b);
    b = next;
    if (moved <= 4 * std::numeric_limits<double>::epsilon() * b) break;
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
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    const double b = nearest_blue(i, ng, nb);
    const double g = ratio_ * b + slack_;
    double log_e = (ng - kg) * (log_not_green_[i] - std::log1p(-g)) + (nb - kb) * (log_not_blue_ - std::log1p(-b));
    if (kg > 0) log_e += kg * (log_green_[i] - std::log(g));
    if (kb > 0) log_e += kb * (log_blue_ - std::log(b));
    result[i] = log_e;
  }
  return result;
}

}  // namespace sluice::analysis
