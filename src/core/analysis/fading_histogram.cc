#include "core/analysis/fading_histogram.h"

#include <algorithm>

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

double FadingHistogram::share_above(int bucket) const {
  double above = 0;
  for (int i = bucket + 1; i < kLatencyBuckets; ++i) above += static_cast<double>(counts_[static_cast<std::size_t>(i)]);
  const double all = total();
  return all > 0 ? above / all : 0;
}

void FadingHistogram::quantile_buckets(std::span<const double> shares, double least, std::span<int> buckets) const {
  const double all = total();
  std::ranges::fill(buckets, -1);
  if (!(all >= least)) return;
  double sum = 0;
  std::size_t next = 0;
  int last = -1;
  for (int i = 0; i < kLatencyBuckets && next < shares.size(); ++i) {
    const float count = counts_[static_cast<std::size_t>(i)];
    if (count <= 0) continue;
    last = i;
    sum += static_cast<double>(count);
    while (next < shares.size() && sum >= shares[next] * all) buckets[next++] = i;
  }
  // The order of summing can leave a share just short of its whole.
  while (next < shares.size()) buckets[next++] = last;
}

}  // namespace sluice::analysis
