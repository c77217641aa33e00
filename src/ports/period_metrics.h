// A store of metrics that answers with what happened in a period: CloudWatch.
#pragma once

#include <stop_token>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/rank_histogram.h"
#include "core/rollout/revision.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

/// One metric of one colour.
struct PeriodQuestion {
  rollout::Revision revision;     ///< The colour's; the store is asked where it is.
  analysis::MetricSource source;  ///< Its dimensions have the colour's own values, but for `analysis::kVersion`.
  analysis::Between between;
};

class PeriodMetrics {
 public:
  virtual ~PeriodMetrics() = default;
  /// What each metric counted in [start, start + every), by its place among the questions; zeros where there is no
  /// datapoint. `analysis::kVersion` is filled in here. As few requests as the store's limits allow. It blocks. Errors,
  /// of each alone where it alone is wrong: InvalidInput (no such store at that place, or the store refuses the
  /// question), NotFound (nobody knows the version), Denied, Unavailable, Cancelled.
  virtual std::vector<Result<analysis::MetricSlot>> counted(const rollout::ServiceKey& service,
                                                            const std::vector<PeriodQuestion>& questions,
                                                            TimePoint start, Milliseconds every,
                                                            const std::stop_token& stop) const = 0;
};

}  // namespace sluice::ports
