// CloudWatch's minutes of a service, wherever in AWS it is.
#pragma once

#include <functional>
#include <utility>

#include "adapters/aws/lambda/version_minutes.h"
#include "adapters/aws/target_group_minutes.h"
#include "core/rollout/target.h"

namespace sluice::aws::lambda {

/// An aws::MinuteSource, by `std::ref`. May be used from any number of threads at once.
class MinutesByTarget {
 public:
  using TargetOf = std::function<rollout::Target(const rollout::ServiceKey&)>;

  /// All must outlive this.
  MinutesByTarget(TargetOf target_of, const FunctionNotes& notes, ClientPool& clients)
      : target_of_(std::move(target_of)), groups_(clients), versions_(notes, clients) {}

  /// Errors: NotFound (the service is not in AWS, or is a gateway or flags), those of TargetGroupMinutes and
  /// VersionMinutes.
  Result<MinutesOfBoth> operator()(const rollout::ServiceKey& service, TimePoint from, TimePoint until,
                                   const std::stop_token& stop);

 private:
  TargetOf target_of_;
  TargetGroupMinutes groups_;
  VersionMinutes versions_;
};

}  // namespace sluice::aws::lambda
