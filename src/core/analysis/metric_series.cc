#include "core/analysis/metric_series.h"

#include <algorithm>

namespace sluice::analysis {

MetricSlot& MetricSeries::slot_of(TimePoint at) {
  const TimePoint start{at.time_since_epoch() / kSlotLength * kSlotLength};
  const auto place = std::ranges::lower_bound(slots_, start, {}, &MetricSlot::start);
  if (place != slots_.end() && place->start == start) return *place;
  return *slots_.insert(place, MetricSlot{.start = start});
}

void MetricSeries::add(TimePoint at, const ColourCounts& counts) { slot_of(at).counts += counts; }

void MetricSeries::add_latency(TimePoint at, double milliseconds) { slot_of(at).latency.add(milliseconds); }

MetricSlot MetricSeries::at(TimePoint start) const {
  const auto place = std::ranges::lower_bound(slots_, start, {}, &MetricSlot::start);
  if (place != slots_.end() && place->start == start) return *place;
  return {.start = start};
}

void MetricSeries::forget_before(TimePoint oldest) {
  while (!slots_.empty() && slots_.front().start < oldest) slots_.pop_front();
}

}  // namespace sluice::analysis
