// A store of metrics that answers with what happened in a period: CloudWatch.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/rank_histogram.h"
#include "core/rollout/revision.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

class PeriodMetrics {
 public:
  virtual ~PeriodMetrics() = default;
  /// What a metric of one colour, which is `revision`, counted in [start, start + every); zeros where there is no
  /// datapoint. It is asked where the revision is. The dimensions of `source` have the colour's own values, but for
  /// `analysis::kVersion`, which is filled in here. It blocks. Errors: InvalidInput (no such store at that place, or
  /// the store refuses the question), NotFound (nobody knows the version), Denied, Unavailable, Cancelled.
  virtual Result<analysis::MetricSlot> counted(const rollout::ServiceKey& service, const rollout::Revision& revision,
                                               const analysis::MetricSource& source, TimePoint start,
                                               Milliseconds every, analysis::Between between,
                                               std::stop_token stop) const = 0;
};

}  // namespace sluice::ports
