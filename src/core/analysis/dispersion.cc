#include "core/analysis/dispersion.h"

#include <algorithm>

namespace sluice::analysis {

void Dispersion::add(const ColourCounts& counts, bool yes_no) {
  if (counts.requests > 0 && before_.requests > 0) {
    const auto n = static_cast<double>(counts.requests);
    const auto m = static_cast<double>(before_.requests);
    const auto x = static_cast<double>(counts.events);
    const auto y = static_cast<double>(before_.events);
    // With equal rates the expectation of both is (n + m) times the variance of one request, whatever n and m are: a
    // burst of traffic is no cluster of events.
    const double difference = x * m - y * n;
    scatter_ += difference / n * (difference / m);
    expected_ += (x + y) * (yes_no ? std::max(0.0, 1 - (x + y) / (n + m)) : 1.0);
  }
  before_ = counts;
}

double Dispersion::tempering(double prior, double most) const {
  return std::clamp((prior + scatter_) / (prior + expected_), 1.0, most);
}

}  // namespace sluice::analysis
