// Latencies from a source that knows only percentile ranks ("92% took at most 250 ms"), as a histogram that the
// sequential test can use.
#pragma once

#include <span>

#include "base/result.h"
#include "core/analysis/latency_histogram.h"

namespace sluice::analysis {

struct PercentileRank {
  double milliseconds = 0;
  double share = 0;  ///< Of the requests that took at most this long, 0..1.
};

/// What lies between two ranks is unknown: it is taken to be as slow as it can be, or as fast. With BLUE taken for Slow
/// and GREEN for Fast, coarse ranks cost the test power, never its guarantee.
enum class Between { Slow, Fast };

/// Ranks by rising milliseconds and shares. Error: InvalidInput for ranks that fall or lie outside 0..1, or for a total
/// that is negative or too large for a bucket.
Result<LatencyHistogram> histogram_of_ranks(std::int64_t total, std::span<const PercentileRank> ranks, Between between);

}  // namespace sluice::analysis
