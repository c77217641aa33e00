#include "core/analysis/poisson_block.h"

#include <algorithm>
#include <cmath>

namespace sluice::analysis {
namespace {

/// The positive root of a*x^2 + b*x = c (a > 0, c >= 0), without cancellation.
double positive_root(double a, double b, double c) {
  const double root = std::sqrt(b * b + 4 * a * c);
  return b > 0 ? 2 * c / (b + root) : (root - b) / (2 * a);
}

}  // namespace

PoissonBlock::PoissonBlock(const SequentialSettings& settings, const SequentialMetric& metric)
    : ratio_(metric.ratio), slack_(metric.slack), lowest_(settings.lowest_rate) {
  std::ranges::transform(settings.alternatives, odds_.begin(), [](double d) { return std::exp(d); });
}

void PoissonBlock::fix(double blue_rate) {
  const double blue = std::max(blue_rate, lowest_);
  if (blue == blue_) return;
  blue_ = blue;
  log_blue_ = std::log(blue_);
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    green_[i] = (ratio_ * blue_ + slack_) * odds_[i];
    log_green_[i] = std::log(green_[i]);
  }
}

PerAlternative PoissonBlock::log_evidence(const BlockCounts& counts) const {
  PerAlternative result{};
  if (!usable() || counts.green.requests <= 0 || counts.blue.requests <= 0) return result;
  const auto ng = static_cast<double>(counts.green.requests);
  const auto nb = static_cast<double>(counts.blue.requests);
  const auto kg = static_cast<double>(counts.green.events);
  const auto kb = static_cast<double>(counts.blue.events);
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    // Where the derivative of ng*(g - green*log g) + nb*(b - blue*log b) along g = ratio*b + slack is 0.
    const double b =
        positive_root(ratio_ * (ng * ratio_ + nb), ng * ratio_ * (slack_ - green_[i]) + nb * (slack_ - ratio_ * blue_),
                      nb * blue_ * slack_);
    const double g = ratio_ * b + slack_;
    // ng*(g - green) + nb*(b - blue), shortened by what makes b the minimum: exact without slack, however large ng is.
    double log_e = ng * (g - green_[i]) * (slack_ / g);
    if (kg > 0) log_e += kg * (log_green_[i] - std::log(g));
    if (kb > 0) log_e += kb * (log_blue_ - std::log(b));
    result[i] = log_e;
  }
  return result;
}

}  // namespace sluice::analysis
