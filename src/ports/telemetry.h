// What the services answer, as numbers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/request_notes.h"
#include "core/analysis/slot.h"
#include "core/rollout/colour.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

/// Slots of one router slot from a moment on, without gaps: a span in which nothing came is a slot of zeros, a span
/// in which the source was not watching is left out (no data is not zero requests).
struct Measurements {
  std::vector<analysis::Slot> slots;
  /// Of a source that knows percentiles alone, by start of the slot: the latencies as fast as they can have been, where
  /// those in the slots are as slow as they can have been.
  std::map<TimePoint, analysis::LatencyHistogram> fastest;
  std::int64_t lost_lines = 0;  ///< Requests by the router's own counters that no line told about, since `from`.
};

struct BadAnswer {
  TimePoint at{};
  int status = 0;
  std::string method;
  std::string path;
  std::string request_id;
};

class Telemetry {
 public:
  virtual ~Telemetry() = default;
  /// Only slots that are complete (their end has passed). Kept for an hour at least. Errors: NotFound, Unavailable.
  virtual Result<Measurements> read(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from) const = 0;
  /// The first server errors of a slot since `from`, at most `most`.
  virtual Result<std::vector<BadAnswer>> first_bad_answers(const rollout::ServiceKey& service, rollout::Slot slot,
                                                           TimePoint from, int most) const = 0;
  /// What single requests of a slot did: by route, the first failed ones and the slow ones; see RequestNotes for how
  /// much of it is remembered. Errors: NotFound, Unavailable.
  virtual Result<analysis::NotedSpan> notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                            TimePoint to) const = 0;

  /// From now on the answers of both slots of a service are counted for these metrics, too (all of the kind Router), in
  /// place of those before. The same ones again change nothing.
  virtual void count_answers(const rollout::ServiceKey& service,
                             const std::vector<analysis::MetricSource>& metrics) = 0;
  /// Of the metric in that place, as `read`: a span that was not watched is left out. Kept for
  /// analysis::kMetricSeriesLength. Errors: NotFound, Unavailable.
  virtual Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                                std::size_t metric, TimePoint from) const = 0;
};

}  // namespace sluice::ports
