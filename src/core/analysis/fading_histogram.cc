#include "core/analysis/fading_histogram.h"

namespace sluice::analysis {

void FadingHistogram::add(const LatencyHistogram& latencies) {
  for (const LatencyHistogram::Entry& entry : latencies.entries()) {
    counts_[entry.bucket] += static_cast<float>(entry.count);
  }
}

void FadingHistogram::fade(double factor) {
  const auto by = static_cast<float>(factor);
  for (float& count : counts_) {
    count *= by;
    if (count < kLeastCount) count = 0;
  }
}

double FadingHistogram::total() const {
  double sum = 0;
  for (const float count : counts_) sum += static_cast<double>(count);
  return sum;
}

int FadingHistogram::quantile_bucket(double q) const {
  const double needed = q * total();
  if (!(needed > 0)) return -1;
  double sum = 0;
  int last = -1;
  for (int i = 0; i < kLatencyBuckets; ++i) {
    const double count = static_cast<double>(counts_[static_cast<std::size_t>(i)]);
    if (count <= 0) continue;
    last = i;
    sum += count;
    if (sum >= needed) return i;
  }
  return last;
}

}  // namespace sluice::analysis
