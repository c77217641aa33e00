#include "adapters/aws/adopt/carried_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "adapters/aws/carried_members.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/service_controller.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws::adopt {
namespace {

namespace json = boost::json;

/// Members of a service that CreateService takes with the controller EXTERNAL
/// ("deployment-type-external" of ECS's developer guide names what belongs to task sets instead).
constexpr std::array<std::string_view, 6> kOfTheService = {"placementConstraints", "placementStrategy",
                                                           "enableECSManagedTags", "enableExecuteCommand",
                                                           "propagateTags",        "healthCheckGracePeriodSeconds"};
/// Members of a target group that AWS fills in.
constexpr std::array<std::string_view, 3> kFilledIn = {"TargetGroupArn", "TargetGroupName", "LoadBalancerArns"};

/// Task sets that do not drain.
int live_task_sets(const json::object& service) {
  return static_cast<int>(std::ranges::count_if(objects_in(service, "taskSets"), [](const json::object* set) {
    return text_member(*set, "status") != kDraining;
  }));
}

/// What says how the tasks of a service are made.
const json::object& tasks_of(const json::object& service) {
  for (const json::object* set : objects_in(service, "taskSets")) {
    if (text_member(*set, "status") == kPrimary) return *set;
  }
  return service;
}

bool is_moving(const json::object& service) {
  if (live_task_sets(service) > 1) return true;
  const json::array* deployments = array_member(service, "deployments");
  if (deployments == nullptr) return false;
  const json::object* newest = first_object_in(service, "deployments");
  return deployments->size() > 1 || (newest != nullptr && text_member(*newest, "rolloutState") == "IN_PROGRESS");
}

bool any_deployment_has(const json::object& service, std::string_view member) {
  return std::ranges::any_of(objects_in(service, "deployments"), [member](const json::object* deployment) {
    const json::array* found = array_member(*deployment, member);
    return found != nullptr && !found->empty();
  });
}

std::vector<std::string> uncarriable(const json::object& service) {
  std::vector<std::string> reasons;
  if (uses_service_connect(service)) {
    reasons.emplace_back(
        "it uses Service Connect, and ECS gives its proxy to no task of a task set: keep ECS's own deployments "
        "(engine: ecs-native), or take Service Connect off it first");
  }
  if (any_deployment_has(service, "volumeConfigurations")) {
    reasons.emplace_back("its tasks get volumes of EBS from the service, and a task set has no volumeConfigurations");
  }
  if (any_deployment_has(service, "vpcLatticeConfigurations")) {
    reasons.emplace_back("it is a target of VPC Lattice, and a task set cannot be one");
  }
  if (text_member(service, "schedulingStrategy") == "DAEMON") {
    reasons.emplace_back("its scheduling strategy is DAEMON, which the controller EXTERNAL does not have");
  }
  const json::array* balancers = array_member(tasks_of(service), "loadBalancers");
  if (balancers != nullptr && balancers->size() > 1) {
    reasons.push_back(
        fmt::format("its tasks are in {} target groups, and sluice moves the requests of one", balancers->size()));
  }
  return reasons;
}

/// By it, and by those of its application and environment, Copilot finds its service, and fails where it finds two
/// (`serviceARN` in internal/pkg/ecs/ecs.go of aws/copilot-cli).
constexpr std::string_view kCopilotsName = "copilot-service";

json::array tags_of_users(const json::object& service) {
  json::array kept;
  for (const json::object* tag : objects_in(service, "tags")) {
    const std::string key = text_member(*tag, "key");
    // AWS keeps keys with this beginning to itself.
    if (!key.starts_with("aws:") && key != kCopilotsName) kept.push_back(*tag);
  }
  return kept;
}

}  // namespace

std::optional<adoption::ServiceOfToday> service_of_today(const json::object& service) {
  const json::object& tasks = tasks_of(service);
  const json::object* balancer = first_object_in(tasks, "loadBalancers");
  if (text_member(service, "status") != "ACTIVE" || balancer == nullptr) return std::nullopt;
  const std::string group = text_member(*balancer, "targetGroupArn");
  if (group.empty()) return std::nullopt;
  return adoption::ServiceOfToday{.name = text_member(service, "serviceName"),
                                  .controller = controller_of(service),
                                  .task_definition = text_member(tasks, "taskDefinition"),
                                  .container = text_member(*balancer, "containerName"),
                                  .port = number_member(*balancer, "containerPort"),
                                  .target_group = group,
                                  .desired = number_member(service, "desiredCount"),
                                  .running = number_member(service, "runningCount"),
                                  .is_moving = is_moving(service),
                                  .uncarriable = uncarriable(service)};
}

json::object service_beside(const json::object& old, const std::string& name, const std::string& token) {
  json::object input{{"serviceName", name},
                     {"desiredCount", number_member(old, "desiredCount")},
                     {"deploymentController", {{"type", "EXTERNAL"}}},
                     {"clientToken", token}};
  carry_members(old, kOfTheService, input);
  if (json::array tags = tags_of_users(old); !tags.empty()) input["tags"] = std::move(tags);
  return input;
}

json::object first_task_set(const json::object& old, const adoption::MakeTaskSet& step, const std::string& group_arn,
                            const std::string& token) {
  json::object input{{"externalId", step.external_id},
                     {"taskDefinition", step.task_definition},
                     {"scale", {{"value", 100.0}, {"unit", "PERCENT"}}},
                     {"clientToken", token}};
  input["loadBalancers"] = json::array{
      json::object{{"targetGroupArn", group_arn}, {"containerName", step.container}, {"containerPort", step.port}}};
  carry_task_set_members(tasks_of(old), input);
  if (input.contains("capacityProviderStrategy")) input.erase("launchType");  // AWS takes one of both
  return input;
}

json::object group_like(const json::object& group, const std::string& name) {
  json::object input;
  for (const auto& [key, value] : group) {
    const bool is_empty = value.is_string() && value.get_string().empty();
    if (!is_empty) input[key] = value;
  }
  for (const std::string_view member : kFilledIn) input.erase(member);
  input["Name"] = name;
  return input;
}

json::array attributes_with_values(const json::array& attributes) {
  json::array kept;
  for (const json::value& each : attributes) {
    if (each.is_object() && !text_member(each.get_object(), "Value").empty()) kept.push_back(each);
  }
  return kept;
}

}  // namespace sluice::aws::adopt
