#include "core/analysis/latency_quantile.h"

#include <algorithm>

namespace sluice::analysis {

double latency_quantile(const LatencyHistogram& histogram, double q) {
  const double needed = q * static_cast<double>(histogram.total());
  double below = 0;
  for (const LatencyHistogram::Entry& entry : histogram.entries()) {
    const auto count = static_cast<double>(entry.count);
    if (below + count < needed) {
      below += count;
      continue;
    }
    const double lower = entry.bucket == 0 ? 0 : latency_edge(entry.bucket - 1);
    return lower + (latency_edge(entry.bucket) - lower) * std::clamp((needed - below) / count, 0.0, 1.0);
  }
  return 0;
}

double latency_average(const LatencyHistogram& histogram) {
  double sum = 0;
  double count = 0;
  for (const LatencyHistogram::Entry& entry : histogram.entries()) {
    const double lower = entry.bucket == 0 ? 0 : latency_edge(entry.bucket - 1);
    sum += static_cast<double>(entry.count) * (lower + latency_edge(entry.bucket)) / 2;
    count += static_cast<double>(entry.count);
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace sluice::analysis
