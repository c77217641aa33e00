// Metrics of the user's own from the lines that a service writes.
#pragma once

#include <string_view>
#include <vector>

#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"

namespace sluice::analysis {

/// Counts what a line says of each source (all of the kind Log) into the series of the same place. A line that is no
/// JSON object, and a field that is absent or of another type than its metric takes, count nowhere:
/// - a ratio takes true and false, or 1 and 0: the line is a request, and an event when it is true;
/// - a count takes numbers from 0 on, and true and false: the line is a request, and so many events;
/// - a latency takes numbers from 0 on, in the source's unit.
void count_log_fields(std::string_view line, TimePoint at, const std::vector<MetricSource>& sources,
                      std::vector<MetricSeries>& series);

}  // namespace sluice::analysis
