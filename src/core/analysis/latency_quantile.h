// A quantile of a latency histogram as a time.
#pragma once

#include "core/analysis/latency_histogram.h"

namespace sluice::analysis {

/// The q-quantile (0 < q < 1) in milliseconds, the answers of a bucket taken as spread evenly over it: off by less than
/// a bucket's width (4%). 0 when nothing was counted.
double latency_quantile(const LatencyHistogram& histogram, double q);

}  // namespace sluice::analysis
