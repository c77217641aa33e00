#include "adapters/aws/ecs_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdlib>
#include <functional>
#include <iterator>

#include "adapters/aws/carried_members.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"
#include "adapters/aws/service_controller.h"
#include "adapters/aws/task_definition.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr int kDefinitionsLookedAt = 20;
constexpr int kRegisterAttempts = 3;
constexpr int kLooksAfterLoss = 3;
constexpr Milliseconds kLookPause{1'000};
constexpr std::size_t kMostTasks = 100;  ///< DescribeTasks takes no more.

/// `container chatbot exited 1` of the containers that say why; their reasons, where they have some.
std::string container_reasons(const json::object& task) {
  std::string reasons;
  for (const json::object* container : objects_in(task, "containers")) {
    const std::string reason = text_member(*container, "reason");
    const json::value* code = container->if_contains("exitCode");
    const bool failed = code != nullptr && code->is_int64() && code->get_int64() != 0;
    if (reason.empty() && !failed) continue;
    reasons +=
        fmt::format("{}container {}{}{}", reasons.empty() ? "" : ", ", text_member(*container, "name"),
                    failed ? fmt::format(" exited {}", code->get_int64()) : "", reason.empty() ? "" : ": " + reason);
  }
  return reasons;
}

/// By the number at their ends, whatever the order of the answer is.
std::vector<std::string> newest_first(std::vector<std::string> arns) {
  std::ranges::sort(arns, std::greater{},
                    [](const std::string& arn) { return std::atol(arn.c_str() + arn.rfind(':') + 1); });
  return arns;
}

/// A task that was told to stop did not fail, and neither did one whose place was taken from it. ECS's scheduler stops
/// tasks to scale in, and those that fail their health checks ("Stopped tasks error codes" of ECS's developer guide).
bool was_told_to(const std::string& reason, const std::string& stop_code) {
  if (stop_code == "ServiceSchedulerInitiated") return !reason.starts_with("Task failed");
  constexpr std::array kTold{"UserInitiated", "SpotInterruption", "TerminationNotice", "InfrastructureHealth"};
  return std::ranges::find(kTold, stop_code) != kTold.end();
}

std::string reason_of(const json::object& task) {
  const std::string containers = container_reasons(task);
  return text_member(task, "stoppedReason") + (containers.empty() ? "" : " (" + containers + ")");
}

EcsTask read_task(const json::object& raw) {
  EcsTask task{.id = last_part(text_member(raw, "taskArn")), .started_by = text_member(raw, "startedBy")};
  task.created_at = real_member(raw, "createdAt");
  task.ended = text_member(raw, "lastStatus") == "STOPPED";
  const std::string reason = reason_of(raw);
  const bool has_stopped = text_member(raw, "desiredStatus") == "STOPPED";
  if (has_stopped && !reason.empty() && !was_told_to(reason, text_member(raw, "stopCode"))) task.failure = reason;
  return task;
}

/// What an AppSpec file says, in the place of what the task set before had.
void apply(const rollout::TaskSetTerms& terms, json::object& input) {
  if (!terms.platform_version.empty()) input["platformVersion"] = terms.platform_version;
  if (!terms.subnets.empty()) {
    json::object vpc{{"subnets", array_of(terms.subnets)}};
    if (!terms.security_groups.empty()) vpc["securityGroups"] = array_of(terms.security_groups);
    if (!terms.assign_public_ip.empty()) vpc["assignPublicIp"] = terms.assign_public_ip;
    input["networkConfiguration"] = {{"awsvpcConfiguration", std::move(vpc)}};
  }
  if (terms.capacity_providers.empty()) return;
  json::array strategy;
  for (const rollout::CapacityProvider& provider : terms.capacity_providers) {
    strategy.push_back({{"capacityProvider", provider.name}, {"weight", provider.weight}, {"base", provider.base}});
  }
  input["capacityProviderStrategy"] = std::move(strategy);
}

}  // namespace

std::string EcsService::name() const { return fmt::format("service {} of cluster {}", place_.service, place_.cluster); }

Call EcsService::call(std::string operation, Repeat repeat) const {
  return {.service = "ecs", .operation = std::move(operation), .resource = name(), .repeat = repeat};
}

Result<json::object> EcsService::describe(const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object answer,
             client_.ask(call("DescribeServices"),
                         {{"cluster", place_.cluster}, {"services", json::array{place_.service}}}, stop));
  const auto services = objects_in(answer, "services");
  if (services.size() == 1 && text_member(*services.front(), "status") == "ACTIVE") return *services.front();
  return Error{ErrorKind::NotFound, fmt::format("ECS has no active {}", name())};
}

Status EcsService::check(const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object service, describe(stop));
  if (!place_.codedeploy) return check_takes_task_sets(service, name());
  const std::string type = controller_of(service);
  if (type == "CODE_DEPLOY") return {};
  return Error{
      ErrorKind::Conflict,
      fmt::format("the {} has the deployment controller {}, and 'engine: codedeploy' is for CODE_DEPLOY: leave "
                  "the engine out for EXTERNAL",
                  name(), type)};
}

TaskSet EcsService::read_task_set(const json::object& raw) const {
  TaskSet set{.id = text_member(raw, "id"),
              .external_id = text_member(raw, "externalId"),
              .status = text_member(raw, "status"),
              .task_definition = text_member(raw, "taskDefinition"),
              .is_steady = text_member(raw, "stabilityStatus") == "STEADY_STATE",
              .desired = number_member(raw, "computedDesiredCount"),
              .running = number_member(raw, "runningCount"),
              .pending = number_member(raw, "pendingCount")};
  for (const json::object* balancer : objects_in(raw, "loadBalancers")) {
    if (text_member(*balancer, "containerName") != place_.container) continue;
    set.target_group = text_member(*balancer, "targetGroupArn");
    set.port = number_member(*balancer, "containerPort");
  }
  return set;
}

Result<std::vector<TaskSet>> EcsService::task_sets(const std::stop_token& stop) const {
  TRY_ASSIGN(json::object answer, describe(stop));
  json::array named;
  bool is_all_told = true;
  for (const json::object* raw : objects_in(answer, "taskSets")) {
    named.emplace_back(text_member(*raw, "id"));
    is_all_told = is_all_told && raw->contains("computedDesiredCount");
  }
  if (!is_all_told) {
    const json::object input{{"cluster", place_.cluster}, {"service", place_.service}, {"taskSets", named}};
    TRY_ASSIGN(answer, client_.ask(call("DescribeTaskSets"), input, stop));
  }
  std::vector<TaskSet> sets;
  for (const json::object* raw : objects_in(answer, "taskSets")) sets.push_back(read_task_set(*raw));
  return sets;
}

Result<json::object> EcsService::raw_task_set(const std::string& id, const std::stop_token& stop) const {
  const json::object input{{"cluster", place_.cluster}, {"service", place_.service}, {"taskSets", json::array{id}}};
  TRY_ASSIGN(const json::object answer, client_.ask(call("DescribeTaskSets"), input, stop));
  const json::array* sets = array_member(answer, "taskSets");
  if (sets != nullptr && sets->size() == 1 && (*sets)[0].is_object()) return (*sets)[0].get_object();
  return Error{ErrorKind::NotFound, fmt::format("the {} has no task set {} any more", name(), id)};
}

Result<json::object> EcsService::task_definition(const std::string& arn, const std::stop_token& stop) const {
  return client_.ask(call("DescribeTaskDefinition"), {{"taskDefinition", arn}, {"include", json::array{"TAGS"}}}, stop);
}

/// Ids of revisions sort by their time: what is older than the one that is looked for ends the search.
Result<std::optional<std::string>> EcsService::find_definition(const std::string& family, const KnownDefinition& base,
                                                               const std::string& revision,
                                                               const std::stop_token& stop) const {
  const json::object input{{"familyPrefix", family}, {"sort", "DESC"}, {"maxResults", kDefinitionsLookedAt}};
  TRY_ASSIGN(const json::object answer, client_.ask(call("ListTaskDefinitions"), input, stop));
  for (const std::string& arn : newest_first(texts_in(answer, "taskDefinitionArns"))) {
    std::string tag = base.revision;
    if (arn != base.arn) {
      TRY_ASSIGN(const json::object described, task_definition(arn, stop));
      tag = revision_of(described);
    }
    if (tag == revision) return arn;
    const bool is_older = tag.empty() ? arn == base.arn : tag < revision;
    if (is_older) break;
  }
  return std::nullopt;
}

/// The one that was registered here, unless somebody has deregistered it since.
Result<std::optional<std::string>> EcsService::registered_here(const std::string& arn,
                                                               const std::stop_token& stop) const {
  if (arn.empty()) return std::optional<std::string>();
  TRY_ASSIGN(const json::object described, task_definition(arn, stop));
  const json::object* const definition = object_member(described, "taskDefinition");
  const bool is_there = definition != nullptr && text_member(*definition, "status") != "INACTIVE";
  return is_there ? std::optional(arn) : std::nullopt;
}

/// Reads may be behind: what is not told now may be there all the same.
Result<std::optional<std::string>> EcsService::look_again(const std::string& family, const KnownDefinition& base,
                                                          const std::string& revision,
                                                          const std::stop_token& stop) const {
  std::optional<std::string> there;
  for (int look = 1; look <= kLooksAfterLoss && !there; ++look) {
    TRY(client_.pause(kLookPause * look, stop));
    TRY_ASSIGN(there, find_definition(family, base, revision, stop));
  }
  return there;
}

Result<std::string> EcsService::ensure_definition(const std::string& base, const ContainerChange& change,
                                                  RegisteredDefinitions& registered, bool may_be_there,
                                                  const std::stop_token& stop) const {
  const RegisteredDefinitions::Known earlier = registered.of(change.revision);
  TRY_ASSIGN(auto there, registered_here(earlier.arn, stop));
  if (there) return *there;
  TRY_ASSIGN(const json::object described, task_definition(base, stop));
  TRY_ASSIGN(const json::object input, with_change(described, place_.container, change));
  const std::string family = text_member(input, "family");
  const json::object* const definition = object_member(described, "taskDefinition");
  const KnownDefinition known{definition == nullptr ? base : text_member(*definition, "taskDefinitionArn"),
                              revision_of(described)};
  if (earlier.in_doubt || may_be_there) {
    TRY_ASSIGN(there, look_again(family, known, change.revision, stop));
  } else {
    TRY_ASSIGN(there, find_definition(family, known, change.revision, stop));
  }
  for (int attempt = 1; !there; ++attempt) {
    registered.doubt(change.revision);
    auto answer = client_.ask(call("RegisterTaskDefinition", Repeat::Never), input, stop);
    if (answer) {
      const json::object* made = object_member(*answer, "taskDefinition");
      if (made == nullptr)
        return Error{ErrorKind::Failed, "ecs RegisterTaskDefinition: the answer names no definition"};
      there = text_member(*made, "taskDefinitionArn");
      break;
    }
    const bool is_open = answer.error().kind == ErrorKind::UnknownOutcome;
    if (!is_open) registered.forget(change.revision);
    if (!is_open || attempt == kRegisterAttempts) return std::move(answer.error());
    TRY_ASSIGN(there, look_again(family, known, change.revision, stop));
  }
  registered.registered(change.revision, *there);
  return *there;
}

Result<TaskSet> EcsService::create_task_set(const TaskSet& base, const TaskSetRequest& request,
                                            const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object raw, raw_task_set(base.id, stop));
  json::object input{{"cluster", place_.cluster},
                     {"service", place_.service},
                     {"externalId", request.external_id},
                     {"taskDefinition", request.task_definition},
                     {"scale", {{"value", 100.0}, {"unit", "PERCENT"}}},
                     {"clientToken", request.token}};
  input["loadBalancers"] = json::array{json::object{
      {"targetGroupArn", request.target_group}, {"containerName", place_.container}, {"containerPort", request.port}}};
  carry_task_set_members(raw, input);
  apply(place_.terms, input);
  // AWS takes one of both; a task set that was made by a strategy may tell of the launch type, too.
  if (input.contains("capacityProviderStrategy")) input.erase("launchType");
  TRY_ASSIGN(const json::object answer, client_.ask(call("CreateTaskSet"), input, stop));
  const json::object* set = object_member(answer, "taskSet");
  if (set == nullptr) return Error{ErrorKind::Failed, "ecs CreateTaskSet: the answer names no task set"};
  return read_task_set(*set);
}

Status EcsService::make_primary(const std::string& task_set, const std::stop_token& stop) const {
  TRY(client_.ask(call("UpdateServicePrimaryTaskSet"),
                  {{"cluster", place_.cluster}, {"service", place_.service}, {"primaryTaskSet", task_set}}, stop));
  return {};
}

Status EcsService::delete_task_set(const std::string& task_set, const std::stop_token& stop) const {
  auto answer = client_.ask(
      call("DeleteTaskSet"),
      {{"cluster", place_.cluster}, {"service", place_.service}, {"taskSet", task_set}, {"force", true}}, stop);
  if (answer || answer.error().kind == ErrorKind::NotFound) return {};
  return std::move(answer.error());
}

Result<std::vector<EcsTask>> EcsService::describe_tasks(const std::vector<std::string>& ids,
                                                        const std::stop_token& stop) const {
  std::vector<EcsTask> found;
  for (std::size_t at = 0; at < ids.size(); at += kMostTasks) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = ids.begin() + static_cast<std::ptrdiff_t>(std::min(at + kMostTasks, ids.size()));
    const json::object input{{"cluster", place_.cluster}, {"tasks", array_of({first, last})}};
    TRY_ASSIGN(const json::object described, client_.ask(call("DescribeTasks"), input, stop));
    for (const json::object* task : objects_in(described, "tasks")) found.push_back(read_task(*task));
  }
  return found;
}

Result<std::vector<std::string>> EcsService::task_ids(std::string_view desired_status,
                                                      const std::stop_token& stop) const {
  json::object list{{"cluster", place_.cluster},
                    {"serviceName", place_.service},
                    {"desiredStatus", desired_status},
                    {"maxResults", kMostTasks}};
  std::vector<std::string> ids;
  for (bool is_last = false; !is_last;) {
    TRY_ASSIGN(const json::object listed, client_.ask(call("ListTasks"), list, stop));
    for (const std::string& arn : texts_in(listed, "taskArns")) ids.push_back(last_part(arn));
    const std::string next = text_member(listed, "nextToken");
    list["nextToken"] = next;
    is_last = next.empty();
  }
  return ids;
}

Result<std::vector<std::string>> EcsService::stopped_tasks(const std::stop_token& stop) const {
  return task_ids("STOPPED", stop);
}

/// Newest first.
Result<std::vector<EcsTask>> EcsService::tasks(const std::string& task_set, std::string_view desired_status,
                                               const std::stop_token& stop) const {
  TRY_ASSIGN(const std::vector<std::string> ids, task_ids(desired_status, stop));
  TRY_ASSIGN(std::vector<EcsTask> found, describe_tasks(ids, stop));
  std::erase_if(found, [&](const EcsTask& task) { return task.started_by != task_set; });
  std::ranges::sort(found, std::greater{}, &EcsTask::created_at);
  return found;
}

Result<std::vector<EcsTask>> EcsService::failed_tasks_of(const std::string& task_set,
                                                         const std::stop_token& stop) const {
  TRY_ASSIGN(std::vector<EcsTask> stopped, tasks(task_set, "STOPPED", stop));
  std::erase_if(stopped, [](const EcsTask& task) { return task.failure.empty(); });
  return stopped;
}

Result<std::vector<std::string>> EcsService::failures_of(const std::string& task_set,
                                                         const std::stop_token& stop) const {
  TRY_ASSIGN(const std::vector<EcsTask> failed, failed_tasks_of(task_set, stop));
  std::vector<std::string> failures;
  for (const EcsTask& task : failed) failures.push_back(task.failure);
  return failures;
}

Result<std::vector<EcsTask>> EcsService::tasks_of(const std::string& task_set, const std::stop_token& stop) const {
  TRY_ASSIGN(std::vector<EcsTask> all, tasks(task_set, "RUNNING", stop));
  TRY_ASSIGN(const std::vector<EcsTask> stopped, tasks(task_set, "STOPPED", stop));
  all.insert(all.end(), stopped.begin(), stopped.end());
  return all;
}

}  // namespace sluice::aws
