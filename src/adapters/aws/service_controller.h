// What of a service of ECS, as DescribeServices tells it, decides whether sluice can make task sets in it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"

namespace sluice::aws {

/// `ECS`, `CODE_DEPLOY` or `EXTERNAL`; a service that names none has ECS's own.
std::string controller_of(const boost::json::object& service);

/// True when a deployment of it has Service Connect enabled. Only ECS's own deployments give their tasks its proxy:
/// CreateTaskSet has no such member, and "only the tasks that Amazon ECS services create are supported with Service
/// Connect" (API reference of ECS, serviceConnectConfiguration).
bool uses_service_connect(const boost::json::object& service);

/// `name` as in `service web of cluster chat`. Error: Conflict, with what to do, when sluice cannot make task sets in
/// it.
Status check_takes_task_sets(const boost::json::object& service, const std::string& name);

}  // namespace sluice::aws
