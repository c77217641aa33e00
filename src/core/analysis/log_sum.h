// Sums of numbers that are kept as logarithms.
#pragma once

#include <cmath>
#include <utility>

namespace sluice::analysis {

/// log(exp(left) + exp(right)); minus infinity stands for 0.
inline double log_sum(double left, double right) {
  if (left < right) std::swap(left, right);
  return std::isinf(right) ? left : left + std::log1p(std::exp(right - left));
}

}  // namespace sluice::analysis
