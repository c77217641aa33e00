// ports::PeriodMetrics with the metrics that a service publishes to CloudWatch, by GetMetricData.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "ports/period_metrics.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class PeriodMetrics final : public ports::PeriodMetrics {
 public:
  /// The version of a function that a revision is; empty when nobody knows.
  using VersionOf = std::function<Result<std::string>(const rollout::ServiceKey& service, const std::string& revision)>;

  /// `clients` must outlive this.
  PeriodMetrics(VersionOf version_of, ClientPool& clients) : version_of_(std::move(version_of)), clients_(clients) {}

  std::vector<Result<analysis::MetricSlot>> counted(const rollout::ServiceKey& service,
                                                    const std::vector<ports::PeriodQuestion>& questions,
                                                    TimePoint start, Milliseconds every,
                                                    const std::stop_token& stop) const override;

 private:
  Result<std::map<std::string, std::string>> dimensions_of(const rollout::ServiceKey& service,
                                                           const ports::PeriodQuestion& question) const;

  VersionOf version_of_;
  ClientPool& clients_;
};

}  // namespace sluice::aws
