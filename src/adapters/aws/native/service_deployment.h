// A service deployment of ECS as DescribeServiceDeployments tells it, and what may be done with it.
// Sources: ServiceDeployment of ECS's API reference; "Lifecycle hooks for Amazon ECS service deployments" and "Stopping
// Amazon ECS service deployments" of its developer guide.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/weight.h"

namespace sluice::aws::native {

struct ServiceDeployment {
  std::string arn;
  std::string status;                ///< `IN_PROGRESS`, `ROLLBACK_SUCCESSFUL`, …
  std::string reason;                ///< Why it is so, in ECS's words; may be empty.
  std::string stage;                 ///< `SCALE_UP`, …: PRE_PRODUCTION_TRAFFIC_SHIFT is never told.
  std::string target;                ///< ARN of GREEN's service revision; empty: not told yet.
  std::vector<std::string> sources;  ///< Likewise of BLUE's.
  Weight share;                      ///< What it means GREEN to have of production traffic, not what rules give.
  std::vector<std::string> pauses;   ///< Ids of pause hooks that await an answer.

  bool is_active() const;
  /// On the way back to BLUE, or about to be.
  bool is_going_back() const;
  /// No traffic of users can move before somebody answers: GREEN is not ready, or its first pause waits.
  bool has_not_shifted() const;
  /// `ECS's deployment PVrS9Fa1… is ROLLBACK_SUCCESSFUL: REASON`
  std::string account() const;
};

/// Of an item of DescribeServiceDeployments' answer.
ServiceDeployment service_deployment_of(const boost::json::object& raw);

}  // namespace sluice::aws::native
