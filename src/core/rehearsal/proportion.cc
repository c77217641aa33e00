#include "core/rehearsal/proportion.h"

#include <cmath>

namespace sluice::rehearsal {
namespace {

double log_choose(std::int64_t all, std::int64_t some) {
  const auto n = static_cast<double>(all);
  const auto k = static_cast<double>(some);
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

}  // namespace

double chance_of_at_least(std::int64_t count, std::int64_t trials, double chance) {
  if (count <= 0) return 1;
  if (chance <= 0) return 0;
  if (chance >= 1) return count <= trials ? 1 : 0;
  double sum = 0;
  for (std::int64_t k = count; k <= trials; ++k) {
    sum += std::exp(log_choose(trials, k) + static_cast<double>(k) * std::log(chance) +
                    static_cast<double>(trials - k) * std::log1p(-chance));
  }
  return sum < 1 ? sum : 1;
}

double upper_bound_of_chance(std::int64_t count, std::int64_t trials, double confidence) {
  if (count >= trials) return 1;
  double low = 0;
  double high = 1;
  // The chance at which so few happen with probability 1 - confidence.
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (1 - chance_of_at_least(count + 1, trials, middle) > 1 - confidence ? low : high) = middle;
  }
  return high;
}

std::int64_t improbable_count(std::int64_t trials, double chance, double at_most) {
  std::int64_t count = 1;
  while (count <= trials && chance_of_at_least(count, trials, chance) >= at_most) ++count;
  return count;
}

}  // namespace sluice::rehearsal
