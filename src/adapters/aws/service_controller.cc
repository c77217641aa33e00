#include "adapters/aws/service_controller.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws {

namespace json = boost::json;

std::string controller_of(const json::object& service) {
  const json::object* controller = object_member(service, "deploymentController");
  return controller == nullptr ? "ECS" : text_member(*controller, "type");
}

bool uses_service_connect(const json::object& service) {
  for (const json::object* deployment : objects_in(service, "deployments")) {
    const json::object* connect = object_member(*deployment, "serviceConnectConfiguration");
    if (connect != nullptr && flag_member(*connect, "enabled")) return true;
  }
  return false;
}

Status check_takes_task_sets(const json::object& service, const std::string& name) {
  if (uses_service_connect(service)) {
    return Error{ErrorKind::Conflict,
                 fmt::format("the {} uses Service Connect, and ECS gives its proxy to no task of a task set: other "
                             "services would not find the new tasks by it. Keep ECS's own deployments for it (engine: "
                             "ecs-native), or let the "
                             "others reach it by a load balancer or Cloud Map and take Service Connect off it",
                             name)};
  }
  const std::string controller = controller_of(service);
  if (controller == "EXTERNAL") return {};
  const std::string kept = controller == "ECS" ? ". Its own blue/green deployments are for 'engine: ecs-native'"
                           : controller == "CODE_DEPLOY" ? ". As it is, it is for 'engine: codedeploy'"
                                                         : "";
  return Error{
      ErrorKind::Conflict,
      fmt::format("the {} has the deployment controller {}; sluice moves services whose controller is EXTERNAL, "
                  "and AWS names no way to make it that once it is there: name a new service in sluice.yaml, "
                  "and `sluice adopt` makes it beside this one and moves the requests{}",
                  name, controller, kept)};
}

}  // namespace sluice::aws
