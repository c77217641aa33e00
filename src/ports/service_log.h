// What the replicas' own logs tell: their errors, and what is logged of their use of CPU and memory.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/slot.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

/// Errors of one revision in 100 ms (analysis::kSlotLength), by the time of their lines.
struct LogSlot {
  TimePoint start{};
  std::int64_t error_lines = 0;
  std::int64_t requests_with_errors = 0;  ///< Each request once, where lines name theirs.
  friend bool operator==(const LogSlot&, const LogSlot&) = default;
};

/// What the replicas of one revision used in 100 ms; of coarser sources the first slot of a period has all of it.
struct UtilizationSlot {
  TimePoint start{};
  analysis::Utilization cpu;
  analysis::Utilization memory;
  friend bool operator==(const UtilizationSlot&, const UtilizationSlot&) = default;
};

struct ErrorLine {
  TimePoint at{};
  int replica = 0;
  std::string text;  ///< Its beginning, where it is long.
};

class ServiceLog {
 public:
  virtual ~ServiceLog() = default;
  /// Slots from a moment on, without gaps: one of zeros where no error was told, none where some replica's log could
  /// not be read (no data is no health). Kept for an hour at least. Errors: NotFound (nothing of the revision was seen
  /// yet), Unavailable.
  virtual Result<std::vector<LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                            TimePoint from) const = 0;
  /// The first error lines since `from`, at most `most`.
  virtual Result<std::vector<ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                           const std::string& revision_id, TimePoint from,
                                                           int most) const = 0;

  /// From now on these metrics (all of the kind Log) are counted in the lines of a service's revisions, in place of
  /// those before. The same ones again change nothing.
  virtual void count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) = 0;
  /// Of the metric in that place, as `read`: slots of a revision whose logs were all read. Kept for
  /// analysis::kMetricSeriesLength. Errors: NotFound (nothing of the revision was seen yet), Unavailable.
  virtual Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                                const std::string& revision_id, std::size_t metric,
                                                                TimePoint from) const = 0;

  /// As `read`, of what the replicas use. Errors: NotFound (nobody measures it there, with what to do, or it was not
  /// asked for yet), Unavailable.
  virtual Result<std::vector<UtilizationSlot>> read_utilization(const rollout::ServiceKey& service,
                                                                const std::string& /*revision_id*/,
                                                                TimePoint /*from*/) const {
    return unmeasured(service);
  }
  /// Asks for it now, for whoever is about to judge: blocks. Errors: as above.
  virtual Status look_at_utilization(const rollout::ServiceKey& service, const std::string& /*revision_id*/,
                                     const std::stop_token& /*stop*/) {
    return unmeasured(service);
  }

 private:
  static Error unmeasured(const rollout::ServiceKey& service) {
    return {ErrorKind::NotFound, "what the replicas of " + service.to_string() + " use is not measured"};
  }
};

}  // namespace sluice::ports
