#include "adapters/aws/lambda/function_service.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <boost/json.hpp>
#include <limits>

#include "adapters/aws/json_member.h"

namespace sluice::aws::lambda {
namespace {

namespace json = boost::json;

constexpr int kMostPages = 200;
constexpr std::string_view kAliases = "/aliases";
constexpr std::string_view kLatest = "$LATEST";
/// A package of 50 MB has so long; other calls are small.
constexpr Milliseconds kUploadTimeout{std::chrono::minutes{2}};

std::string in_base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with the zero that OpenSSL writes behind it
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

FunctionConfiguration configuration_of(const json::object& raw) {
  const json::object* logging = object_member(raw, "LoggingConfig");
  return {.version = text_member(raw, "Version"),
          .revision_id = text_member(raw, "RevisionId"),
          .code_sha256 = text_member(raw, "CodeSha256"),
          .description = text_member(raw, "Description"),
          .package_type = text_member(raw, "PackageType"),
          .state = text_member(raw, "State"),
          .state_reason = text_member(raw, "StateReason"),
          .last_update_status = text_member(raw, "LastUpdateStatus"),
          .last_update_reason = text_member(raw, "LastUpdateStatusReason"),
          .log_group = logging == nullptr ? std::string() : text_member(*logging, "LogGroup")};
}

double number_of(const json::value& value) {
  if (value.is_double()) return value.get_double();
  return value.is_int64() ? static_cast<double>(value.get_int64()) : 0;
}

Alias alias_of(const json::object& raw) {
  Alias alias{.function_version = text_member(raw, "FunctionVersion"),
              .weights = {},
              .revision_id = text_member(raw, "RevisionId")};
  const json::object* routing = object_member(raw, "RoutingConfig");
  const json::object* weights = routing == nullptr ? nullptr : object_member(*routing, "AdditionalVersionWeights");
  if (weights == nullptr) return alias;
  for (const auto& [version, weight] : *weights) alias.weights[std::string(version)] = number_of(weight);
  return alias;
}

json::object code_members(const rollout::FunctionCode& code, const std::string& zip_bytes) {
  struct Visitor {
    const std::string& bytes;
    json::object operator()(const rollout::ZipFile&) const { return {{"ZipFile", in_base64(bytes)}}; }
    json::object operator()(const rollout::S3Object& object) const {
      return {{"S3Bucket", object.bucket}, {"S3Key", object.key}, {"S3ObjectVersion", object.version}};
    }
    json::object operator()(const rollout::ImageUri& image) const { return {{"ImageUri", image.uri}}; }
    json::object operator()(const rollout::PublishedVersion&) const { return {}; }  // is there already
  };
  return std::visit(Visitor{zip_bytes}, code);
}

/// Nothing of what was not found.
template <typename T>
Result<std::optional<T>> if_found(Result<json::object> answer, T (*read)(const json::object&)) {
  if (answer) return std::optional<T>(read(*answer));
  if (answer.error().kind == ErrorKind::NotFound) return std::optional<T>();
  return std::move(answer.error());
}

ProvisionedConcurrency provisioned_of(const json::object& raw) {
  return {.requested = number_member(raw, "RequestedProvisionedConcurrentExecutions"),
          .status = text_member(raw, "Status"),
          .status_reason = text_member(raw, "StatusReason")};
}

}  // namespace

std::string FunctionService::name() const {
  return fmt::format("function {}", rollout::name_of_function(place_.function));
}

Call FunctionService::call(std::string operation, std::string method, const std::string& path, Repeat repeat) const {
  const std::string version = path.starts_with("/provisioned-concurrency") ? "2019-09-30" : "2015-03-31";
  return {.service = "lambda",
          .operation = std::move(operation),
          .resource = name(),
          .repeat = repeat,
          .rest = {.method = std::move(method),
                   .path = fmt::format("/{}/functions/{}{}", version, percent_encoded(place_.function), path),
                   .query = {},
                   .headers = {},
                   .payload = {}}};
}

Result<FunctionConfiguration> FunctionService::configuration(const std::string& qualifier,
                                                             const std::stop_token& stop) const {
  Call get = call("GetFunctionConfiguration", "GET", "/configuration");
  if (!qualifier.empty()) get.rest.query = {{"Qualifier", qualifier}};
  TRY_ASSIGN(const json::object answer, client_.ask(get, {}, stop));
  return configuration_of(answer);
}

Result<std::vector<FunctionConfiguration>> FunctionService::versions(const std::stop_token& stop) const {
  std::vector<FunctionConfiguration> versions;
  Call list = call("ListVersionsByFunction", "GET", "/versions");
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, client_.ask(list, {}, stop));
    for (const json::object* raw : objects_in(answer, "Versions")) {
      FunctionConfiguration version = configuration_of(*raw);
      if (version.version != kLatest) versions.push_back(std::move(version));
    }
    const std::string next = text_member(answer, "NextMarker");
    if (next.empty()) return versions;
    list.rest.query = {{"Marker", next}};
  }
  return Error{
      ErrorKind::Unavailable,
      fmt::format("lambda ListVersionsByFunction: the {} has more than {} pages of versions", name(), kMostPages)};
}

Result<FunctionConfiguration> FunctionService::update_code(const rollout::FunctionCode& code,
                                                           const std::string& zip_bytes, const std::string& revision_id,
                                                           const std::stop_token& stop) const {
  Call update = call("UpdateFunctionCode", "PUT", "/code", Repeat::Never);
  update.timeout = kUploadTimeout;
  json::object input = code_members(code, zip_bytes);
  input["RevisionId"] = revision_id;
  TRY_ASSIGN(const json::object answer, client_.ask(update, input, stop));
  return configuration_of(answer);
}

Result<FunctionConfiguration> FunctionService::publish(const FunctionConfiguration& latest,
                                                       const std::string& description,
                                                       const std::stop_token& stop) const {
  const json::object input{
      {"CodeSha256", latest.code_sha256}, {"RevisionId", latest.revision_id}, {"Description", description}};
  TRY_ASSIGN(const json::object answer,
             client_.ask(call("PublishVersion", "POST", "/versions", Repeat::Never), input, stop));
  return configuration_of(answer);
}

Result<std::optional<Alias>> FunctionService::alias(Priority priority, const std::stop_token& stop) const {
  Call get = call("GetAlias", "GET", fmt::format("{}/{}", kAliases, percent_encoded(place_.alias)));
  get.priority = priority;
  return if_found<Alias>(client_.ask(get, {}, stop), alias_of);
}

Status FunctionService::create_alias(const std::string& version, const std::stop_token& stop) const {
  Call create = call("CreateAlias", "POST", std::string(kAliases), Repeat::Never);
  create.priority = Priority::Urgent;
  TRY(client_.ask(create, {{"Name", place_.alias}, {"FunctionVersion", version}}, stop));
  return {};
}

Status FunctionService::update_alias(const Alias& alias, const std::stop_token& stop) const {
  Call update =
      call("UpdateAlias", "PUT", fmt::format("{}/{}", kAliases, percent_encoded(place_.alias)), Repeat::Never);
  update.priority = Priority::Urgent;
  json::object weights;
  for (const auto& [version, weight] : alias.weights) weights.emplace(version, weight);
  // Without RoutingConfig the weights would stay as they are: "Implementing Lambda canary deployments using a weighted
  // alias" of the developer guide ends with an empty one.
  TRY(client_.ask(update,
                  {{"FunctionVersion", alias.function_version},
                   {"RoutingConfig", {{"AdditionalVersionWeights", std::move(weights)}}},
                   {"RevisionId", alias.revision_id}},
                  stop));
  return {};
}

Status FunctionService::delete_alias(const std::stop_token& stop) const {
  auto answer = client_.ask(
      call("DeleteAlias", "DELETE", fmt::format("{}/{}", kAliases, percent_encoded(place_.alias))), {}, stop);
  if (answer || answer.error().kind == ErrorKind::NotFound) return {};
  return std::move(answer.error());
}

Result<std::optional<ProvisionedConcurrency>> FunctionService::provisioned(const std::string& qualifier,
                                                                           const std::stop_token& stop) const {
  Call get = call("GetProvisionedConcurrencyConfig", "GET", "/provisioned-concurrency");
  get.rest.query = {{"Qualifier", qualifier}};
  return if_found<ProvisionedConcurrency>(client_.ask(get, {}, stop), provisioned_of);
}

Status FunctionService::provision(const std::string& version, int executions, const std::stop_token& stop) const {
  Call put = call("PutProvisionedConcurrencyConfig", "PUT", "/provisioned-concurrency");
  put.rest.query = {{"Qualifier", version}};
  TRY(client_.ask(put, {{"ProvisionedConcurrentExecutions", executions}}, stop));
  return {};
}

Status FunctionService::unprovision(const std::string& version, const std::stop_token& stop) const {
  Call remove = call("DeleteProvisionedConcurrencyConfig", "DELETE", "/provisioned-concurrency");
  remove.rest.query = {{"Qualifier", version}};
  auto answer = client_.ask(remove, {}, stop);
  if (answer || answer.error().kind == ErrorKind::NotFound) return {};
  return std::move(answer.error());
}

}  // namespace sluice::aws::lambda
