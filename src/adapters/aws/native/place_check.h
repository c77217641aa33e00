// What of a service of ECS, as DescribeServices tells it, decides whether its own deployments can be led by sluice.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "adapters/aws/forward_action.h"
#include "base/result.h"
#include "core/rollout/target.h"

namespace sluice::aws::native {

/// `groups` are the place's; `name` as in `service web of cluster chat`. Error: Conflict, with what to do: another
/// deployment controller, rolling updates, no advancedConfiguration, or one with other target groups or rules than the
/// place's.
Status check_place(const boost::json::object& service, const rollout::EcsTarget& place, const TargetGroupPair& groups,
                   const std::string& name);

}  // namespace sluice::aws::native
