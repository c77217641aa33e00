#include "adapters/aws/native/native_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

constexpr int kPageSize = 100;
constexpr int kMostPages = 20;

ServiceRevision revision_of(const json::object& raw, const rollout::EcsTarget& place) {
  ServiceRevision revision{.arn = text_member(raw, "serviceRevisionArn"),
                           .task_definition = text_member(raw, "taskDefinition")};
  for (const json::object* const balancer : objects_in(raw, "loadBalancers")) {
    if (text_member(*balancer, "containerName") == place.container) {
      revision.port = number_member(*balancer, "containerPort");
    }
  }
  const json::object* const resolved = object_member(raw, "resolvedConfiguration");
  if (resolved == nullptr) return revision;
  for (const json::object* const balancer : objects_in(*resolved, "loadBalancers")) {
    const std::string rule = text_member(*balancer, "productionListenerRule");
    if (std::ranges::find(place.rules, rule) == place.rules.end()) continue;
    revision.target_group = text_member(*balancer, "targetGroupArn");
  }
  return revision;
}

std::vector<std::string> current_revisions(const json::object& service) {
  std::vector<std::string> arns;
  for (const json::object* const revision : objects_in(service, "currentServiceRevisions")) {
    arns.push_back(text_member(*revision, "arn"));
  }
  return arns;
}

}  // namespace

std::string NativeService::name() const {
  return fmt::format("service {} of cluster {}", place_.service, place_.cluster);
}

Call NativeService::call(std::string operation, Priority priority, Repeat repeat) const {
  return {
      .service = "ecs", .operation = std::move(operation), .resource = name(), .repeat = repeat, .priority = priority};
}

Result<std::vector<ServiceRevision>> NativeService::revisions(const std::vector<std::string>& arns, Priority priority,
                                                              const std::stop_token& stop) const {
  std::vector<ServiceRevision> found;
  if (arns.empty()) return found;
  TRY_ASSIGN(const json::object answer,
             client_.ask(call("DescribeServiceRevisions", priority), {{"serviceRevisionArns", array_of(arns)}}, stop));
  for (const json::object* const raw : objects_in(answer, "serviceRevisions")) {
    found.push_back(revision_of(*raw, place_));
  }
  return found;
}

Result<std::vector<TaskSet>> NativeService::task_sets(const json::object& service, const std::stop_token& stop) const {
  TRY_ASSIGN(const auto known, revisions(current_revisions(service), Priority::Ordinary, stop));
  std::vector<TaskSet> sets;
  for (const json::object* const raw : objects_in(service, "deployments")) {
    TaskSet set{.id = text_member(*raw, "id"),
                .external_id = "",
                .status = text_member(*raw, "status"),
                .task_definition = text_member(*raw, "taskDefinition"),
                .is_steady = text_member(*raw, "rolloutState") == "COMPLETED",
                .desired = number_member(*raw, "desiredCount"),
                .running = number_member(*raw, "runningCount"),
                .pending = number_member(*raw, "pendingCount"),
                .target_group = ""};
    if (set.status == "INACTIVE") continue;  // replaced: its tasks are being ended
    const auto own = std::ranges::find(known, set.task_definition, &ServiceRevision::task_definition);
    if (own != known.end()) {
      set.target_group = own->target_group;
      set.port = own->port;
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<ServiceDeployment> NativeService::deployment(const std::string& arn, Priority priority,
                                                    const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object answer, client_.ask(call("DescribeServiceDeployments", priority),
                                                    {{"serviceDeploymentArns", json::array{arn}}}, stop));
  const json::object* const raw = first_object_in(answer, "serviceDeployments");
  if (raw != nullptr) return service_deployment_of(*raw);
  return Error{ErrorKind::NotFound, fmt::format("ECS does not tell of its deployment {} of the {}", arn, name())};
}

/// The order of the pages is not documented: all are read.
Result<std::optional<ServiceDeployment>> NativeService::last(Priority priority, const std::stop_token& stop) const {
  json::object input{{"cluster", place_.cluster}, {"service", place_.service}, {"maxResults", kPageSize}};
  std::string newest;
  double created_at = -1;
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, client_.ask(call("ListServiceDeployments", priority), input, stop));
    for (const json::object* const brief : objects_in(answer, "serviceDeployments")) {
      const double at = real_member(*brief, "createdAt");
      if (at <= created_at) continue;
      created_at = at;
      newest = text_member(*brief, "serviceDeploymentArn");
    }
    const std::string token = text_member(answer, "nextToken");
    if (token.empty()) break;
    input["nextToken"] = token;
  }
  if (newest.empty()) return std::optional<ServiceDeployment>();
  TRY_ASSIGN(ServiceDeployment found, deployment(newest, priority, stop));
  return std::optional(std::move(found));
}

Status NativeService::begin(const std::string& definition, const json::object& configuration,
                            const std::stop_token& stop) const {
  const json::object input{{"cluster", place_.cluster},
                           {"service", place_.service},
                           {"taskDefinition", definition},
                           {"deploymentConfiguration", configuration}};
  TRY(client_.ask(call("UpdateService", Priority::Ordinary, Repeat::Never), input, stop));
  return {};
}

Status NativeService::take_back(const std::string& arn) const {
  const json::object input{{"serviceDeploymentArn", arn}, {"stopType", "ROLLBACK"}};
  auto answer = client_.ask(call("StopServiceDeployment", Priority::Urgent), input, {});
  if (answer || answer.error().kind == ErrorKind::Conflict) return {};
  return std::move(answer.error());
}

Status NativeService::answer(const ServiceDeployment& deployment, const std::string& pause) const {
  const json::object input{{"serviceDeploymentArn", deployment.arn}, {"hookId", pause}, {"action", "CONTINUE"}};
  auto answered = client_.ask(call("ContinueServiceDeployment", Priority::Urgent), input, {});
  if (answered) return {};
  if (answered.error().kind != ErrorKind::InvalidInput) return std::move(answered.error());
  // No error is documented that would say that it was answered before.
  TRY_ASSIGN(const ServiceDeployment now, this->deployment(deployment.arn, Priority::Urgent, {}));
  if (std::ranges::find(now.pauses, pause) == now.pauses.end()) return {};
  // It may be told of though it was answered: what is read may be behind.
  return Error{ErrorKind::Unavailable, std::move(answered.error().message)};
}

Status NativeService::go_on(const ServiceDeployment& deployment) const {
  for (const std::string& pause : deployment.pauses) TRY(answer(deployment, pause));
  return {};
}

}  // namespace sluice::aws::native
