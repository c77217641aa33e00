#include "adapters/aws/codedeploy/codedeploy_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::codedeploy {
namespace {

namespace json = boost::json;

const json::object kNothing;

const json::object& member_of(const json::object& object, std::string_view name) {
  const json::object* const found = object_member(object, name);
  return found == nullptr ? kNothing : *found;
}

const json::object& first_of(const json::object& object, std::string_view name) {
  const json::object* const found = first_object_in(object, name);
  return found == nullptr ? kNothing : *found;
}

DeploymentGroup group_of(const json::object& raw) {
  const json::object& service = first_of(raw, "ecsServices");
  const json::object& options = member_of(raw, "blueGreenDeploymentConfiguration");
  const json::object& end = member_of(options, "terminateBlueInstancesOnDeploymentSuccess");
  DeploymentGroup group{.cluster = text_member(service, "clusterName"),
                        .service = text_member(service, "serviceName"),
                        .platform = text_member(raw, "computePlatform"),
                        .target_groups = {},
                        .ready_action = text_member(member_of(options, "deploymentReadyOption"), "actionOnTimeout"),
                        .termination_wait_minutes = number_member(end, "terminationWaitTimeInMinutes"),
                        .last_attempted = text_member(member_of(raw, "lastAttemptedDeployment"), "deploymentId")};
  const json::object& pair = first_of(member_of(raw, "loadBalancerInfo"), "targetGroupPairInfoList");
  for (const json::object* each : objects_in(pair, "targetGroups")) {
    group.target_groups.push_back(text_member(*each, "name"));
  }
  return group;
}

Deployment deployment_of(const json::object& raw) {
  const json::object& error = member_of(raw, "errorInformation");
  const json::object& back = member_of(raw, "rollbackInfo");
  Deployment deployment{.id = text_member(raw, "deploymentId"),
                        .status = text_member(raw, "status"),
                        .description = text_member(raw, "description"),
                        .error = text_member(error, "code"),
                        .rolls_back = text_member(back, "rollbackTriggeringDeploymentId"),
                        .rollback = text_member(back, "rollbackDeploymentId"),
                        .blue_waits = flag_member(raw, "instanceTerminationWaitTimeStarted")};
  if (const std::string message = text_member(error, "message"); !message.empty()) {
    deployment.error += (deployment.error.empty() ? "" : ": ") + message;
  }
  return deployment;
}

/// CodeDeploy's names for how it moves, and the members that say how much.
std::optional<rollout::CodeDeployMoves> moves_of(const json::object& routing) {
  const std::string type = text_member(routing, "type");
  if (type == "AllAtOnce") return rollout::CodeDeployMoves{};
  const bool is_linear = type == "TimeBasedLinear";
  if (!is_linear && type != "TimeBasedCanary") return std::nullopt;
  const json::object& how = member_of(routing, is_linear ? "timeBasedLinear" : "timeBasedCanary");
  return rollout::CodeDeployMoves{
      number_member(how, is_linear ? "linearPercentage" : "canaryPercentage"), is_linear,
      std::chrono::minutes{number_member(how, is_linear ? "linearInterval" : "canaryInterval")}};
}

bool says(const Error& error, std::string_view code) { return error.message.contains(code); }

}  // namespace

bool Deployment::is_active() const {
  constexpr std::array<std::string_view, 5> kActive = {"Created", "Queued", "InProgress", "Baking", "Ready"};
  return std::ranges::find(kActive, status) != kActive.end();
}

std::string Deployment::account() const {
  return fmt::format("CodeDeploy's deployment {} is {}{}{}", id, status, error.empty() ? "" : ": ", error);
}

std::string CodeDeployApi::name() const {
  return fmt::format("deployment group {} of application {}", place_.codedeploy->deployment_group,
                     place_.codedeploy->application);
}

Call CodeDeployApi::call(std::string operation, Priority priority, Repeat repeat) const {
  return {.service = "codedeploy",
          .operation = std::move(operation),
          .resource = name(),
          .repeat = repeat,
          .priority = priority};
}

Result<DeploymentGroup> CodeDeployApi::group(Priority priority, const std::stop_token& stop) const {
  const json::object input{{"applicationName", place_.codedeploy->application},
                           {"deploymentGroupName", place_.codedeploy->deployment_group}};
  TRY_ASSIGN(const json::object answer, client_.ask(call("GetDeploymentGroup", priority), input, stop));
  return group_of(member_of(answer, "deploymentGroupInfo"));
}

Result<Deployment> CodeDeployApi::deployment(const std::string& id, Priority priority,
                                             const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object answer, client_.ask(call("GetDeployment", priority), {{"deploymentId", id}}, stop));
  return deployment_of(member_of(answer, "deploymentInfo"));
}

Result<std::optional<Deployment>> CodeDeployApi::last(Priority priority, const std::stop_token& stop) const {
  TRY_ASSIGN(const DeploymentGroup there, group(priority, stop));
  if (there.last_attempted.empty()) return std::optional<Deployment>();
  TRY_ASSIGN(Deployment found, deployment(there.last_attempted, priority, stop));
  return std::optional(std::move(found));
}

Result<rollout::CodeDeployMoves> CodeDeployApi::moves(const std::stop_token& stop) const {
  const std::string& configuration = place_.codedeploy->configuration;
  TRY_ASSIGN(const json::object answer, client_.ask(call("GetDeploymentConfig", Priority::Ordinary),
                                                    {{"deploymentConfigName", configuration}}, stop));
  const auto found = moves_of(member_of(member_of(answer, "deploymentConfigInfo"), "trafficRoutingConfig"));
  if (found) return *found;
  return Error{ErrorKind::InvalidInput,
               fmt::format("CodeDeploy's configuration {} moves no traffic of ECS: name one whose compute platform is "
                           "ECS",
                           configuration)};
}

Result<std::string> CodeDeployApi::create(const std::string& description, const std::string& content,
                                          const std::stop_token& stop) const {
  const json::object spec{{"content", content}, {"sha256", sha256_hex(content)}};
  const json::object back{
      {"enabled", true},
      {"events", json::array{"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"}}};
  const json::object input{{"applicationName", place_.codedeploy->application},
                           {"deploymentGroupName", place_.codedeploy->deployment_group},
                           {"deploymentConfigName", place_.codedeploy->configuration},
                           {"description", description},
                           {"revision", {{"revisionType", "AppSpecContent"}, {"appSpecContent", spec}}},
                           {"autoRollbackConfiguration", back}};
  auto answer = client_.ask(call("CreateDeployment", Priority::Ordinary, Repeat::Never), input, stop);
  if (answer) return text_member(*answer, "deploymentId");
  if (says(answer.error(), "DeploymentLimitExceededException")) answer.error().kind = ErrorKind::Conflict;
  return std::move(answer.error());
}

Status CodeDeployApi::stop(const std::string& id) const {
  const json::object input{{"deploymentId", id}, {"autoRollbackEnabled", true}};
  auto answer = client_.ask(call("StopDeployment", Priority::Urgent), input, {});
  if (answer || says(answer.error(), "DeploymentAlreadyCompletedException")) return {};
  return std::move(answer.error());
}

Status CodeDeployApi::go_on(const std::string& id, WaitType wait) const {
  const char* const type = wait == WaitType::Ready ? "READY_WAIT" : "TERMINATION_WAIT";
  const json::object input{{"deploymentId", id}, {"deploymentWaitType", type}};
  auto answer = client_.ask(call("ContinueDeployment", Priority::Urgent), input, {});
  const bool is_past = !answer && (says(answer.error(), "DeploymentIsNotInReadyStateException") ||
                                   says(answer.error(), "DeploymentAlreadyCompletedException"));
  if (answer || is_past) return {};
  return std::move(answer.error());
}

}  // namespace sluice::aws::codedeploy
