// Where ECS's own deployments wait for sluice's word: pause hooks at the lifecycle stages before each traffic step and
// before BLUE's end, in the service's deploymentConfiguration.
// Source: "Pause hooks for Amazon ECS service deployments" of ECS's developer guide: a pause hook of
// PRE_PRODUCTION_TRAFFIC_SHIFT stops a linear or canary deployment before each of its steps, with an id of its own.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/rollout/target.h"

namespace sluice::aws::native {

/// `configuration`, as DescribeServices tells it, by which a deployment goes as `engine` says. Set are `strategy`, its
/// steps (with no bake of ECS's own, nor one at the end: sluice's bakes are at the pauses), and one pause hook of both
/// stages in place of those that there are. Everything else is put through as it is: percents, circuit breaker, alarms,
/// Lambda hooks. Error: Conflict naming a stage at which the service has a pause hook of its own: which one waits is
/// not told, so that it would be answered in its owner's place.
Result<boost::json::object> with_gates(const boost::json::object& configuration, const rollout::NativeEngine& engine);

}  // namespace sluice::aws::native
