#include "core/analysis/latency_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sluice::analysis {
namespace {

/// Edges by repeated multiplication, so that both directions agree to the last bit.
const std::array<double, kLatencyBuckets>& edges() {
  static const auto table = [] {
    std::array<double, kLatencyBuckets> made{};
    made[0] = kLatencyFirstEdge;
    for (std::size_t i = 1; i < made.size(); ++i) made[i] = made[i - 1] * kLatencyGrowth;
    return made;
  }();
  return table;
}

}  // namespace

int latency_bucket(double milliseconds) {
  if (!(milliseconds >= 0)) return -1;
  const auto& table = edges();
  const auto place = std::ranges::lower_bound(table, milliseconds);
  return place == table.end() ? kLatencyBuckets - 1 : static_cast<int>(place - table.begin());
}

double latency_edge(int bucket) {
  return edges()[static_cast<std::size_t>(std::clamp(bucket, 0, kLatencyBuckets - 1))];
}

bool LatencyHistogram::add(double milliseconds) {
  const int bucket = latency_bucket(milliseconds);
  if (bucket < 0) return false;
  add_to_bucket(bucket, 1);
  return true;
}

void LatencyHistogram::add_to_bucket(int bucket, std::uint32_t count) {
  if (count == 0) return;
  const auto wanted = static_cast<std::uint16_t>(bucket);
  const auto place = std::ranges::lower_bound(entries_, wanted, {}, &Entry::bucket);
  if (place != entries_.end() && place->bucket == wanted) {
    place->count += count;
  } else {
    entries_.insert(place, Entry{wanted, count});
  }
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (const Entry& entry : other.entries_) add_to_bucket(entry.bucket, entry.count);
}

std::int64_t LatencyHistogram::total() const {
  std::int64_t sum = 0;
  for (const Entry& entry : entries_) sum += entry.count;
  return sum;
}

std::int64_t LatencyHistogram::count_above(int bucket) const {
  std::int64_t sum = 0;
  for (const Entry& entry : entries_) {
    if (entry.bucket > bucket) sum += entry.count;
  }
  return sum;
}

int LatencyHistogram::quantile_bucket(double q) const {
  const double needed = q * static_cast<double>(total());
  std::int64_t sum = 0;
  for (const Entry& entry : entries_) {
    sum += entry.count;
    if (static_cast<double>(sum) >= needed) return entry.bucket;
  }
  return entries_.empty() ? -1 : entries_.back().bucket;
}

}  // namespace sluice::analysis
