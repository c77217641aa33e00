// For tests: the chance of each outcome, by which expectations are summed up exactly.
#pragma once

#include <cmath>
#include <cstdint>

namespace sluice::analysis {

/// Of k events in n requests at the rate p.
inline double binomial(std::int64_t n, std::int64_t k, double p) {
  if (p <= 0) return k == 0 ? 1 : 0;
  if (p >= 1) return k == n ? 1 : 0;
  const auto a = static_cast<double>(n);
  const auto b = static_cast<double>(k);
  return std::exp(std::lgamma(a + 1) - std::lgamma(b + 1) - std::lgamma(a - b + 1) + b * std::log(p) +
                  (a - b) * std::log1p(-p));
}

/// Of k events where `mean` are expected.
inline double poisson(double mean, std::int64_t k) {
  if (mean <= 0) return k == 0 ? 1 : 0;
  return std::exp(static_cast<double>(k) * std::log(mean) - mean - std::lgamma(static_cast<double>(k) + 1));
}

}  // namespace sluice::analysis
