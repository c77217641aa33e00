#include "adapters/aws/gateway/gateway_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "adapters/aws/json_member.h"

namespace sluice::aws::gateway {
namespace {

namespace json = boost::json;

constexpr int kMostPages = 200;
constexpr std::string_view kDeployments = "/deployments";
constexpr std::string_view kStages = "/stages";
constexpr std::string_view kThe = "the ";  ///< With this a place begins.
/// A definition of 6 MB has so long; other calls are small.
constexpr Milliseconds kDefinitionTimeout{std::chrono::minutes{1}};
/// Of a page. A REST API's would have 25 by itself, and takes up to 500.
constexpr const char* kPageSize = "100";

Status without_answer(Result<json::object> answer) {
  if (answer) return {};
  return std::move(answer.error());
}

/// `percentTraffic` is a number of 0 to 100.
std::optional<Canary> canary_of(const json::object& stage) {
  const json::object* const canary = object_member(stage, "canarySettings");
  if (canary == nullptr) return std::nullopt;
  const json::value* const percent = canary->if_contains("percentTraffic");
  const double share = percent != nullptr && percent->is_number() ? percent->to_number<double>() : 0;
  const double most = Weight::kFull;
  const auto points = static_cast<int>(std::lround(std::clamp(share * 100, 0.0, most)));
  return Canary{.deployment = text_member(*canary, "deploymentId"),
                .share = Weight::from_basis_points(points).value_or(Weight::none())};
}

json::object replacement(std::string_view path, std::string_view value) {
  return {{"op", "replace"}, {"path", path}, {"value", value}};
}

/// API Gateway applies them in their order, all or none. A canary comes about by the first of its members that is
/// replaced, with no share, no variables of its own and without the stage's cache; `add` is refused. A stage that has
/// one is pointed elsewhere only after that has been removed.
/// Sources: "UpdateStage" of "Patch operations" of the API reference; "Set up an API Gateway canary release deployment"
/// of the developer guide.
json::array patch_operations(const StageChange& change) {
  json::array operations;
  if (change.removes_canary) operations.push_back({{"op", "remove"}, {"path", "/canarySettings"}});
  if (!change.deployment.empty()) operations.push_back(replacement("/deploymentId", change.deployment));
  if (!change.canary_deployment.empty()) {
    operations.push_back(replacement("/canarySettings/deploymentId", change.canary_deployment));
  }
  if (change.canary_share) {
    const int points = change.canary_share->basis_points();
    operations.push_back(
        replacement("/canarySettings/percentTraffic", fmt::format("{}.{:02}", points / 100, points % 100)));
  }
  return operations;
}

}  // namespace

std::string GatewayApi::name() const { return fmt::format("{} {}", is_rest() ? "REST API" : "API", place_.api); }

std::string GatewayApi::stage_path() const { return fmt::format("{}/{}", kStages, percent_encoded(place_.stage)); }

Call GatewayApi::call(std::string operation, std::string method, const std::string& path, Repeat repeat) const {
  Call call{
      .service = is_rest() ? "apigateway" : "apigatewayv2",
      .operation = std::move(operation),
      .resource = name(),
      .repeat = repeat,
      .rest = {.method = std::move(method),
               .path = fmt::format("/{}/{}{}", is_rest() ? "restapis" : "v2/apis", percent_encoded(place_.api), path),
               .query = {},
               .headers = {},
               .payload = {}}};
  // Without it a REST API's answers are of the form HAL, whose lists have other names.
  if (is_rest()) call.rest.headers["accept"] = "application/json";
  return call;
}

Result<std::vector<json::object>> GatewayApi::ask_all(Call call, const std::stop_token& stop) const {
  const char* const list = is_rest() ? "item" : "items";
  const char* const next = is_rest() ? "position" : "nextToken";
  const QueryPairs size{{is_rest() ? "limit" : "maxResults", kPageSize}};
  call.rest.query = size;
  std::vector<json::object> all;
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, client_.ask(call, {}, stop));
    for (const json::object* item : objects_in(answer, list)) all.push_back(*item);
    const std::string token = text_member(answer, next);
    if (token.empty()) return all;
    call.rest.query = size;
    call.rest.query.emplace_back(next, token);
  }
  return Error{ErrorKind::Unavailable, fmt::format("{} {}: the {} has more than {} pages of them", call.service,
                                                   call.operation, name(), kMostPages)};
}

ApiDeployment GatewayApi::deployment_of(const json::object& raw) const {
  return {.id = text_member(raw, is_rest() ? "id" : "deploymentId"),
          .description = text_member(raw, "description"),
          .status = is_rest() ? "DEPLOYED" : text_member(raw, "deploymentStatus"),
          .status_message = text_member(raw, "deploymentStatusMessage")};
}

Result<Stage> GatewayApi::stage(Priority priority, const std::stop_token& stop) const {
  Call get = call("GetStage", "GET", stage_path());
  get.priority = priority;
  auto answer = client_.ask(get, {}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) {
    return Error{
        ErrorKind::NotFound,
        fmt::format("there is no {}: {}. sluice makes neither APIs nor stages: make it, or correct {} and 'stage' "
                    "in 'aws' ('rest_api' is for REST APIs, 'api' for HTTP and WebSocket APIs)",
                    describe_place(place_).substr(kThe.size()), answer.error().message,
                    is_rest() ? "'rest_api'" : "'api'")};
  }
  if (!answer) return std::move(answer.error());
  return Stage{.deployment = text_member(*answer, "deploymentId"),
               .auto_deploys = flag_member(*answer, "autoDeploy"),
               .canary = canary_of(*answer)};
}

Result<std::set<std::string>> GatewayApi::used_deployments(const std::stop_token& stop) const {
  std::vector<json::object> stages;
  if (is_rest()) {  // has no pages
    TRY_ASSIGN(const json::object answer, client_.ask(call("GetStages", "GET", std::string(kStages)), {}, stop));
    for (const json::object* stage : objects_in(answer, "item")) stages.push_back(*stage);
  } else {
    TRY_ASSIGN(stages, ask_all(call("GetStages", "GET", std::string(kStages)), stop));
  }
  std::set<std::string> used;
  for (const json::object& stage : stages) {
    used.insert(text_member(stage, "deploymentId"));
    if (const auto canary = canary_of(stage)) used.insert(canary->deployment);
  }
  return used;
}

Status GatewayApi::change_stage(const StageChange& change, const std::stop_token& stop) const {
  Call update = call("UpdateStage", "PATCH", stage_path());
  update.priority = Priority::Urgent;
  json::object input{{"deploymentId", change.deployment}};
  if (is_rest()) input = {{"patchOperations", patch_operations(change)}};
  return without_answer(client_.ask(update, input, stop));
}

Result<std::vector<ApiDeployment>> GatewayApi::deployments(const std::stop_token& stop) const {
  TRY_ASSIGN(const auto raw, ask_all(call("GetDeployments", "GET", std::string(kDeployments)), stop));
  std::vector<ApiDeployment> deployments;
  for (const json::object& each : raw) deployments.push_back(deployment_of(each));
  return deployments;
}

Result<ApiDeployment> GatewayApi::deployment(const std::string& id, const std::stop_token& stop) const {
  TRY_ASSIGN(
      const json::object answer,
      client_.ask(call("GetDeployment", "GET", fmt::format("{}/{}", kDeployments, percent_encoded(id))), {}, stop));
  return deployment_of(answer);
}

Result<ApiDeployment> GatewayApi::create_deployment(const std::string& description, const std::stop_token& stop) const {
  const Call create = call("CreateDeployment", "POST", std::string(kDeployments), Repeat::Never);
  TRY_ASSIGN(const json::object answer, client_.ask(create, {{"description", description}}, stop));
  return deployment_of(answer);
}

Status GatewayApi::delete_deployment(const std::string& id, const std::stop_token& stop) const {
  const Call remove = call("DeleteDeployment", "DELETE", fmt::format("{}/{}", kDeployments, percent_encoded(id)));
  auto answer = client_.ask(remove, {}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) return {};
  return without_answer(std::move(answer));
}

Result<std::string> GatewayApi::protocol(const std::stop_token& stop) const {
  if (is_rest()) return std::string();
  TRY_ASSIGN(const json::object answer, client_.ask(call("GetApi", "GET", ""), {}, stop));
  return text_member(answer, "protocolType");
}

Status GatewayApi::put_definition(const std::string& bytes, const std::stop_token& stop) const {
  Call put = call(is_rest() ? "PutRestApi" : "ReimportApi", "PUT", "");
  put.timeout = kDefinitionTimeout;
  if (!is_rest()) {
    put.rest.query = {{"failOnWarnings", "true"}};
    return without_answer(client_.ask(put, {{"body", bytes}}, stop));
  }
  put.rest.query = {{"mode", "overwrite"}, {"failonwarnings", "true"}};
  put.rest.payload = bytes;
  return without_answer(client_.ask(put, {}, stop));
}

}  // namespace sluice::aws::gateway
