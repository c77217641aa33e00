// A quantile of a latency histogram as a time.
#pragma once

#include "core/analysis/latency_histogram.h"

namespace sluice::analysis {

/// The q-quantile (0 < q < 1) in milliseconds, the answers of a bucket taken as spread evenly over it: off by less than
/// a bucket's width (4%). 0 when nothing was counted.
double latency_quantile(const LatencyHistogram& histogram, double q);

/// The mean in milliseconds, with each latency taken for the middle of its bucket: within 2% of the exact one. 0 when
/// nothing was counted.
double latency_average(const LatencyHistogram& histogram);

}  // namespace sluice::analysis
