// What an alarm takes for bad in a slot, and out of how many.
#pragma once

#include "core/analysis/alarm.h"
#include "core/analysis/block_counts.h"
#include "core/analysis/slot.h"

namespace sluice::analysis {

/// Of a ratio its bad requests, of a sum what is counted, and of a percentile or an average the requests that took
/// longer than `slow_bucket` begins. Of utilization what was used and what was reserved. A log that nobody watched has
/// no requests.
ColourCounts bad_counts(Metric metric, int slow_bucket, const Slot& slot);

/// The bucket in which an alarm's threshold lies, for latencies with a threshold of their own: what is in it or above
/// counts as slow. 0 for others.
int slow_bucket(const Alarm& alarm);

}  // namespace sluice::analysis
