#include "adapters/aws/appconfig/flags_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::appconfig {
namespace {

namespace json = boost::json;

constexpr int kMostPages = 100;
constexpr const char* kPageSize = "50";  ///< MaxResults of the lists.

Status without_answer(Result<json::object> answer) {
  if (answer) return {};
  return std::move(answer.error());
}

Error is_absent(const Error& error, const std::string& what, const char* key) {
  return {ErrorKind::NotFound,
          fmt::format("there is no {}: {}. sluice makes no applications, profiles, environments or strategies of "
                      "AppConfig: make it, or correct '{}' in 'aws', which is an id",
                      what, error.message, key)};
}

}  // namespace

std::string FlagsApi::application_path() const {
  return fmt::format("/applications/{}", percent_encoded(place_.application));
}

std::string FlagsApi::profile_path() const {
  return fmt::format("{}/configurationprofiles/{}", application_path(), percent_encoded(place_.profile));
}

std::string FlagsApi::deployments_path() const {
  return fmt::format("{}/environments/{}/deployments", application_path(), percent_encoded(place_.environment));
}

Call FlagsApi::call(std::string operation, std::string method, std::string path, std::string resource,
                    Repeat repeat) const {
  return {.service = "appconfig",
          .operation = std::move(operation),
          .resource = std::move(resource),
          .repeat = repeat,
          .rest = {.method = std::move(method), .path = std::move(path), .query = {}, .headers = {}, .payload = {}}};
}

Result<std::vector<json::object>> FlagsApi::ask_all(Call call, const std::stop_token& stop) const {
  const QueryPairs size{{"max_results", kPageSize}};
  call.rest.query = size;
  std::vector<json::object> all;
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, client_.ask(call, {}, stop));
    for (const json::object* const item : objects_in(answer, "Items")) all.push_back(*item);
    const std::string token = text_member(answer, "NextToken");
    if (token.empty()) return all;
    call.rest.query = size;
    call.rest.query.emplace_back("next_token", token);
  }
  return Error{ErrorKind::Unavailable,
               fmt::format("{} {}: there are more than {} pages of them", call.service, call.operation, kMostPages)};
}

Result<Profile> FlagsApi::profile(const std::stop_token& stop) const {
  const std::string what = fmt::format("configuration profile {} of the AppConfig application {} in {}", place_.profile,
                                       place_.application, place_.region);
  auto answer = client_.ask(call("GetConfigurationProfile", "GET", profile_path(), what), {}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) return is_absent(answer.error(), what, "profile");
  if (!answer) return std::move(answer.error());
  return Profile{.type = text_member(*answer, "Type"), .location = text_member(*answer, "LocationUri")};
}

Result<Milliseconds> FlagsApi::growth(const std::stop_token& stop) const {
  const std::string what = fmt::format("deployment strategy {} in {}", place_.strategy, place_.region);
  const std::string path = fmt::format("/deploymentstrategies/{}", percent_encoded(place_.strategy));
  auto answer = client_.ask(call("GetDeploymentStrategy", "GET", path, what), {}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) {
    return is_absent(answer.error(), what, "deployment_strategy");
  }
  if (!answer) return std::move(answer.error());
  return Milliseconds(std::chrono::minutes(number_member(*answer, "DeploymentDurationInMinutes") +
                                           number_member(*answer, "FinalBakeTimeInMinutes")));
}

Result<std::vector<HostedVersion>> FlagsApi::versions(const std::stop_token& stop) const {
  const Call list = call("ListHostedConfigurationVersions", "GET", profile_path() + "/hostedconfigurationversions", "");
  TRY_ASSIGN(const auto raw, ask_all(list, stop));
  std::vector<HostedVersion> versions;
  for (const json::object& each : raw) {
    versions.push_back(
        {.number = number_member(each, "VersionNumber"), .description = text_member(each, "Description")});
  }
  return versions;
}

Result<std::string> FlagsApi::content(const std::string& version, const std::stop_token& stop) const {
  const std::string path = fmt::format("{}/hostedconfigurationversions/{}", profile_path(), percent_encoded(version));
  TRY_ASSIGN(const json::object answer,
             client_.ask(call("GetHostedConfigurationVersion", "GET", path, "version " + version), {}, stop));
  return json::serialize(answer);
}

Status FlagsApi::create_version(const std::string& content, const std::string& description, int latest,
                                const std::stop_token& stop) const {
  Call create = call("CreateHostedConfigurationVersion", "POST", profile_path() + "/hostedconfigurationversions",
                     "configuration profile " + place_.profile, Repeat::Never);
  create.rest.headers = {{"content-type", "application/json"},
                         {"description", description},
                         {"latest-version-number", std::to_string(latest)}};
  create.rest.payload = content;
  return without_answer(client_.ask(create, {}, stop));
}

Status FlagsApi::validate(const std::string& version, const std::stop_token& stop) const {
  Call validate = call("ValidateConfiguration", "POST", profile_path() + "/validators", "version " + version);
  validate.rest.query = {{"configuration_version", version}};
  return without_answer(client_.ask(validate, {}, stop));
}

Result<FlagHistory> FlagsApi::history(Priority priority, const std::stop_token& stop) const {
  const std::string what = fmt::format("environment {} of the AppConfig application {} in {}", place_.environment,
                                       place_.application, place_.region);
  Call list = call("ListDeployments", "GET", deployments_path(), what);
  list.priority = priority;
  auto raw = ask_all(list, stop);
  if (!raw && raw.error().kind == ErrorKind::NotFound) return is_absent(raw.error(), what, "environment");
  if (!raw) return std::move(raw.error());
  FlagHistory history;
  for (const json::object& each : *raw) {
    FlagDeployment deployment{.number = number_member(each, "DeploymentNumber"),
                              .profile = text_member(each, "ConfigurationProfileId"),
                              .version = text_member(each, "ConfigurationVersion"),
                              .percentage = real_member(each, "PercentageComplete")};
    history.newest = std::max(history.newest, deployment.number);
    if (deployment.profile != place_.profile) continue;
    const std::string state = text_member(each, "State");
    const auto known = parse_deployment_state(state);
    if (!known) {
      return Error{ErrorKind::Failed,
                   fmt::format("the deployment {} of the {} is in the state '{}', which is not known "
                               "here",
                               deployment.number, what, state)};
    }
    deployment.state = *known;
    history.deployments.push_back(std::move(deployment));
  }
  std::ranges::sort(history.deployments, std::greater<>(), &FlagDeployment::number);
  return history;
}

Status FlagsApi::start(const std::string& version, const std::string& strategy, const std::string& description,
                       int latest) const {
  Call start = call("StartDeployment", "POST", deployments_path(),
                    fmt::format("version {} of the configuration profile {}", version, place_.profile), Repeat::Never);
  start.priority = Priority::Urgent;
  const json::object input{{"DeploymentStrategyId", strategy},
                           {"ConfigurationProfileId", place_.profile},
                           {"ConfigurationVersion", version},
                           {"Description", description},
                           {"LatestDeploymentNumber", latest}};
  return without_answer(client_.ask(start, input, {}));
}

Status FlagsApi::stop(int deployment) const {
  Call stop = call("StopDeployment", "DELETE", fmt::format("{}/{}", deployments_path(), deployment),
                   fmt::format("deployment {}", deployment), Repeat::Never);
  stop.priority = Priority::Urgent;
  stop.rest.headers = {{"allow-revert", "true"}};
  return without_answer(client_.ask(stop, {}, {}));
}

Result<std::string> FlagsApi::end_of(int deployment) const {
  Call get = call("GetDeployment", "GET", fmt::format("{}/{}", deployments_path(), deployment),
                  fmt::format("deployment {}", deployment));
  get.priority = Priority::Urgent;
  TRY_ASSIGN(const json::object answer, client_.ask(get, {}, {}));
  for (const json::object* const event : objects_in(answer, "EventLog")) {
    const std::string type = text_member(*event, "EventType");
    if (type != "ROLLBACK_STARTED" && type != "REVERT_COMPLETED") continue;
    return fmt::format("{} ({})", text_member(*event, "Description"), text_member(*event, "TriggeredBy"));
  }
  return std::string("it does not say why");
}

}  // namespace sluice::aws::appconfig
