// CloudWatch's minutes of the two target groups of a service of ECS, and of what its tasks use.
#pragma once

#include <map>
#include <mutex>
#include <stop_token>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/forward_action.h"
#include "adapters/aws/minute_series.h"
#include "core/rollout/target.h"

namespace sluice::aws {

/// RequestCount, HTTPCode_Target_2XX_Count to 5XX, UnHealthyHostCount and TargetResponseTime (p10 to p99, Maximum):
/// "CloudWatch metrics for your Application Load Balancer" of AWS's guide. And the Maximum of the service's
/// CPUUtilization and MemoryUtilization, of which each task is a sample: "Amazon ECS service utilization metrics". All
/// in one question. May be used from any number of threads at once.
class TargetGroupMinutes {
 public:
  /// `clients` must outlive this.
  explicit TargetGroupMinutes(ClientPool& clients) : clients_(clients) {}

  /// Whole minutes of both groups; what the service's tasks use is in both. Errors: NotFound (no such group), those of
  /// metric_data.
  Result<MinutesOfBoth> read(const rollout::EcsTarget& place, TimePoint from, TimePoint until,
                             const std::stop_token& stop);

 private:
  Result<TargetGroupPair> groups_of(Client& client, const rollout::EcsTarget& place, const std::stop_token& stop);

  ClientPool& clients_;
  std::mutex mutex_;
  std::map<std::string, TargetGroupPair> groups_;  ///< By the first rule of the service.
};

}  // namespace sluice::aws
