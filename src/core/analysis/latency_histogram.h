// How long answers took, as counts in buckets whose edges grow by 4%: what telemetry delivers, what quantiles and
// exceedances are taken from, and what merges exactly by addition.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice::analysis {

/// Bucket 0 holds [0, kLatencyFirstEdge]; bucket i holds (edge(i-1), edge(i)] with edge(i) = kLatencyFirstEdge *
/// kLatencyGrowth^i milliseconds; the last one holds all that is slower, too (its lower edge is about 10 minutes).
inline constexpr int kLatencyBuckets = 400;
inline constexpr double kLatencyFirstEdge = 0.1;  ///< Milliseconds.
inline constexpr double kLatencyGrowth = 1.04;

/// The bucket of a latency in milliseconds, 0..kLatencyBuckets-1. Not a number and negative ones have none: -1.
int latency_bucket(double milliseconds);
/// The largest latency that a bucket holds, in milliseconds (of the last one: its edge, though it holds more).
double latency_edge(int bucket);

/// Sparse: only buckets with something in them, by rising index.
class LatencyHistogram {
 public:
  struct Entry {
    std::uint16_t bucket = 0;
    std::uint32_t count = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// A latency that has no bucket is not counted: false then.
  bool add(double milliseconds);
  void add_to_bucket(int bucket, std::uint32_t count);
  void merge(const LatencyHistogram& other);

  std::int64_t total() const;
  /// How many took longer than `latency_edge(bucket)`.
  std::int64_t count_above(int bucket) const;
  /// The bucket that holds the q-quantile (0 < q < 1): the lowest one at or under which at least q of all lie; -1 when
  /// nothing was counted. `latency_edge` of it is the quantile, rounded up by less than 4%.
  int quantile_bucket(double q) const;

  bool empty() const { return entries_.empty(); }
  const std::vector<Entry>& entries() const { return entries_; }
  friend bool operator==(const LatencyHistogram&, const LatencyHistogram&) = default;

 private:
  std::vector<Entry> entries_;
};

}  // namespace sluice::analysis
