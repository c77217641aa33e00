#include "adapters/aws/runner/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/runner/agent.h"

namespace sluice::aws::runner {
namespace {

namespace json = boost::json;

constexpr const char* kContainer = "job";

Call ecs_call(const char* operation, const std::string& resource) {
  return {.service = "ecs", .operation = operation, .resource = resource};
}

json::object definition_without_name(const config::EcsRunner& runner, const std::string& image) {
  json::object container{{"name", kContainer},
                         {"image", image},
                         {"essential", true},
                         {"entryPoint", json::array{"sh", "-c"}},
                         {"command", json::array{kBootstrap}},
                         // An init passes signals on and takes up what steps leave behind.
                         {"linuxParameters", json::object{{"initProcessEnabled", true}}}};
  json::object input{
      {"networkMode", "awsvpc"},
      {"requiresCompatibilities", json::array{"FARGATE"}},
      {"cpu", std::to_string(runner.cpu)},
      {"memory", std::to_string(runner.memory_mib)},
      {"runtimePlatform", json::object{{"cpuArchitecture", "X86_64"}, {"operatingSystemFamily", "LINUX"}}}};
  input["containerDefinitions"] = json::array{std::move(container)};
  if (!runner.execution_role.empty()) input["executionRoleArn"] = runner.execution_role;
  if (!runner.task_role.empty()) input["taskRoleArn"] = runner.task_role;
  return input;
}

}  // namespace

std::string family_of(const config::EcsRunner& runner, const std::string& image) {
  const std::string content = json::serialize(definition_without_name(runner, image));
  return fmt::format("sluice-ci-{}-{}", runner.name, sha256_hex(content).substr(0, 12));
}

json::object definition_input(const config::EcsRunner& runner, const std::string& image) {
  json::object input = definition_without_name(runner, image);
  input["family"] = family_of(runner, image);
  return input;
}

Status ensure_definition(Client& client, const config::EcsRunner& runner, const std::string& image,
                         const std::stop_token& stop) {
  const std::string family = family_of(runner, image);
  const auto described =
      client.ask(ecs_call("DescribeTaskDefinition", "family " + family), {{"taskDefinition", family}}, stop);
  // A family that does not exist is a ClientException, as much else is.
  if (described) return {};
  if (is_retryable(described.error().kind) || described.error().kind == ErrorKind::Denied) return described.error();
  TRY(client.ask(ecs_call("RegisterTaskDefinition", "family " + family), definition_input(runner, image), stop));
  return {};
}

json::object run_input(const config::EcsRunner& runner, const TaskOrder& order, const std::string& token) {
  json::object network{{"subnets", array_of(runner.subnets)},
                       {"assignPublicIp", runner.public_ip ? "ENABLED" : "DISABLED"}};
  if (!runner.security_groups.empty()) network["securityGroups"] = array_of(runner.security_groups);
  json::object override{{"name", kContainer},
                        {"environment", json::array{json::object{{"name", "SLUICE_AGENT"}, {"value", order.agent}}}}};
  return {{"cluster", order.cluster},
          {"taskDefinition", family_of(runner, order.image)},
          {"launchType", "FARGATE"},
          {"count", 1},
          {"clientToken", token},
          {"startedBy", order.started_by},
          {"group", order.group},
          {"networkConfiguration", json::object{{"awsvpcConfiguration", std::move(network)}}},
          {"overrides", json::object{{"containerOverrides", json::array{std::move(override)}}}}};
}

bool is_about_capacity(const std::string& reason) {
  // "API failure reasons", RunTask; and "Stopped tasks error messages" of ECS's developer guide.
  return std::ranges::any_of(std::initializer_list<std::string_view>{"RESOURCE:", "CAPACITY", "Capacity is unavailable",
                                                                     "limit on the number of vCPUs"},
                             [&](std::string_view sign) { return reason.find(sign) != std::string::npos; });
}

Result<Placed> run_task(Client& client, const config::EcsRunner& runner, const TaskOrder& order,
                        const std::string& token, const std::stop_token& stop) {
  const auto answer =
      client.ask(ecs_call("RunTask", "cluster " + order.cluster), run_input(runner, order, token), stop);
  if (!answer) {
    if (is_about_capacity(answer.error().message)) return Placed{.arn = {}, .reason = answer.error().message};
    return answer.error();
  }
  if (const json::object* task = first_object_in(*answer, "tasks")) return Placed{text_member(*task, "taskArn"), {}};
  std::string reason = "ECS started no task and said no reason";
  if (const json::object* failure = first_object_in(*answer, "failures")) {
    reason = text_member(*failure, "reason");
    if (const std::string detail = text_member(*failure, "detail"); !detail.empty()) reason += ": " + detail;
  }
  if (is_about_capacity(reason)) return Placed{.arn = {}, .reason = reason};
  return Error{ErrorKind::Failed, fmt::format("ECS starts no task in the cluster {}: {}", order.cluster, reason)};
}

TaskState state_of(const json::object& task) {
  TaskState state{.status = text_member(task, "lastStatus"),
                  .stop_code = text_member(task, "stopCode"),
                  .reason = text_member(task, "stoppedReason"),
                  .container_reason = {},
                  .exit_code = {}};
  if (const json::object* container = first_object_in(task, "containers")) {
    state.container_reason = text_member(*container, "reason");
    if (container->contains("exitCode")) state.exit_code = number_member(*container, "exitCode");
  }
  return state;
}

Result<std::optional<TaskState>> look_at_task(Client& client, const std::string& cluster, const std::string& arn,
                                              const std::stop_token& stop) {
  TRY_ASSIGN(const json::object answer,
             client.ask(ecs_call("DescribeTasks", arn), {{"cluster", cluster}, {"tasks", json::array{arn}}}, stop));
  const json::object* task = first_object_in(answer, "tasks");
  if (task == nullptr) return std::optional<TaskState>();
  return std::optional(state_of(*task));
}

std::string why_stopped(const TaskState& state) {
  std::string why = state.reason.empty() ? "no reason is told" : state.reason;
  if (!state.container_reason.empty() && why.find(state.container_reason) == std::string::npos) {
    why += "; " + state.container_reason;
  }
  if (state.exit_code) {
    why += fmt::format("; exit code {}", *state.exit_code);
    const std::string_view meaning = meaning_of_exit(*state.exit_code);
    if (!meaning.empty()) why += fmt::format(": {}", meaning);
  }
  return why;
}

Status stop_task(Client& client, const std::string& cluster, const std::string& arn, const std::string& started_by,
                 const std::string& reason) {
  std::vector<std::string> arns{arn};
  if (arn.empty()) {
    TRY_ASSIGN(const json::object answer, client.ask(ecs_call("ListTasks", "cluster " + cluster),
                                                     {{"cluster", cluster}, {"startedBy", started_by}}));
    arns = texts_in(answer, "taskArns");
  }
  for (const std::string& each : arns) {
    const auto stopped =
        client.ask(ecs_call("StopTask", each), {{"cluster", cluster}, {"task", each}, {"reason", reason}});
    // One that has stopped long ago is not known any more.
    if (!stopped && stopped.error().message.find("not found") == std::string::npos) return stopped.error();
  }
  return {};
}

}  // namespace sluice::aws::runner
