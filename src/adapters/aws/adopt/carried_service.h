// A service of ECS read for its adoption, and what of it is carried over into the service beside it.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "core/adoption/facts.h"
#include "core/adoption/plan.h"

namespace sluice::aws::adopt {

/// One service of DescribeServices. Nothing for one that is not active or has no target group.
std::optional<adoption::ServiceOfToday> service_of_today(const boost::json::object& service);

/// The input of CreateService: as many tasks, placement, grace period, tags, execute command and managed tags of `old`,
/// with the deployment controller EXTERNAL. What belongs to a task set then is left out, and so are tags that AWS or
/// Copilot must find on `old` alone. `token` as of AWS's idempotency: at most 36 characters.
boost::json::object service_beside(const boost::json::object& old, const std::string& name, const std::string& token);

/// The input of CreateTaskSet, without cluster and service: network, launch type or capacity, platform and registries
/// of the tasks of `old` (of its primary task set, where it has task sets), at full scale.
boost::json::object first_task_set(const boost::json::object& old, const adoption::MakeTaskSet& step,
                                   const std::string& group_arn, const std::string& token);

/// The input of CreateTargetGroup: all that DescribeTargetGroups tells of `group` and may be chosen.
boost::json::object group_like(const boost::json::object& group, const std::string& name);

/// Of DescribeTargetGroupAttributes, as ModifyTargetGroupAttributes takes them: those that have a value.
boost::json::array attributes_with_values(const boost::json::array& attributes);

}  // namespace sluice::aws::adopt
