// One metric of the user's own on one colour, by slots, for as long as somebody may still want to read them.
#pragma once

#include <deque>
#include <vector>

#include "core/analysis/block_counts.h"
#include "core/analysis/slot.h"

namespace sluice::analysis {

/// Readers come five times a second; what is older than this is forgotten. At most 3,000 slots a metric and colour,
/// which hold no more than the buckets that were hit: 1 MB with a thousand times a second.
inline constexpr Milliseconds kMetricSeriesLength{std::chrono::minutes{5}};

/// What a metric counted in [start, start + 100 ms).
struct MetricSlot {
  TimePoint start{};
  ColourCounts counts;
  LatencyHistogram latency;
  friend bool operator==(const MetricSlot&, const MetricSlot&) = default;
};

class MetricSeries {
 public:
  void add(TimePoint at, const ColourCounts& counts);
  void add_latency(TimePoint at, double milliseconds);
  /// The slot that starts then; one of zeros where nothing was counted in it.
  MetricSlot at(TimePoint start) const;
  void forget_before(TimePoint oldest);

 private:
  MetricSlot& slot_of(TimePoint at);

  std::deque<MetricSlot> slots_;  ///< By start; only those in which something was counted.
};

}  // namespace sluice::analysis
