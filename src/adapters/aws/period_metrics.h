// ports::PeriodMetrics with the metrics that a service publishes to CloudWatch, by GetMetricData.
#pragma once

#include "adapters/aws/client_pool.h"
#include "ports/period_metrics.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class PeriodMetrics final : public ports::PeriodMetrics {
 public:
  /// `clients` must outlive this.
  explicit PeriodMetrics(ClientPool& clients) : clients_(clients) {}

  Result<analysis::MetricSlot> counted(const rollout::Target& place, const analysis::MetricSource& source,
                                       TimePoint start, Milliseconds every, analysis::Between between,
                                       std::stop_token stop) const override;

 private:
  ClientPool& clients_;
};

}  // namespace sluice::aws
