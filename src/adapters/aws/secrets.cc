#include "adapters/aws/secrets.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view kCurrent = "AWSCURRENT";

std::string name_of(const rollout::AwsSecret& secret) { return "secret " + secret.id; }
std::string name_of(const rollout::AwsParameter& parameter) { return "parameter " + parameter.name; }

Result<json::object> ask(ClientPool& clients, const rollout::AwsAccess& access, const Call& call,
                         const json::object& input) {
  TRY_ASSIGN(Client* const client, clients.get(access.region, access.role));
  auto answer = client->call(call, input);
  // What is no answer as it should be might be shown, and might be the value.
  if (!answer && answer.error().kind == ErrorKind::Failed) {
    return Error{ErrorKind::Failed,
                 fmt::format("{} {}: {}: the answer cannot be read", call.service, call.operation, call.resource)};
  }
  if (!answer) return std::move(answer.error());
  if (!answer->is_object()) return json::object{};
  return std::move(answer->get_object());
}

Result<std::string> value_of(ClientPool& clients, const rollout::AwsSecret& secret) {
  const Call call{.service = "secretsmanager", .operation = "GetSecretValue", .resource = name_of(secret)};
  TRY_ASSIGN(const json::object answer, ask(clients, secret.access, call, {{"SecretId", secret.id}}));
  if (!answer.contains("SecretString")) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the {} is binary: only text can be a variable; store it as text", name_of(secret))};
  }
  std::string value = text_member(answer, "SecretString");
  if (secret.key.empty()) return value;
  auto member = member_of_secret(value, secret.key);
  if (!member) return with_context(std::move(member), name_of(secret));
  return member;
}

Result<json::object> parameter_of(ClientPool& clients, const rollout::AwsParameter& parameter, bool decrypted) {
  const Call call{.service = "ssm", .operation = "GetParameter", .resource = name_of(parameter)};
  TRY_ASSIGN(const json::object answer,
             ask(clients, parameter.access, call, {{"Name", parameter.name}, {"WithDecryption", decrypted}}));
  const json::object* found = object_member(answer, "Parameter");
  return found == nullptr ? json::object() : *found;
}

Error is_on_the_machine() { return {ErrorKind::InvalidInput, "a secret of this machine is not in AWS"}; }

}  // namespace

Result<std::string> member_of_secret(const std::string& text, const std::string& key) {
  json::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("its value is no JSON object, so that it has no member '{}': leave 'key' out", key)};
  }
  const json::value* member = parsed.get_object().if_contains(key);
  if (member == nullptr) return Error{ErrorKind::InvalidInput, fmt::format("its value has no member '{}'", key)};
  if (member->is_string()) return std::string(member->get_string());
  if (member->is_number() || member->is_bool()) return json::serialize(*member);
  return Error{ErrorKind::InvalidInput, fmt::format("its member '{}' is neither a text nor a number", key)};
}

Result<rollout::SecretReference> reference_of(const json::object& described, const rollout::AwsSecret& secret) {
  const std::string arn = text_member(described, "ARN");
  if (described.contains("DeletedDate")) {
    return Error{ErrorKind::NotFound, fmt::format("the {} is about to be deleted", name_of(secret))};
  }
  const json::object* versions = object_member(described, "VersionIdsToStages");
  std::string version;
  for (const auto& [id, stages] : versions == nullptr ? json::object() : *versions) {
    for (const json::value& stage : stages.is_array() ? stages.get_array() : json::array()) {
      if (stage.is_string() && stage.get_string() == kCurrent) version = id;
    }
  }
  if (arn.empty() || version.empty()) {
    return Error{ErrorKind::NotFound, fmt::format("the {} has no value yet", name_of(secret))};
  }
  const json::value* rotates = described.if_contains("RotationEnabled");
  const bool is_fixed = rotates == nullptr || !rotates->is_bool() || !rotates->get_bool();
  rollout::SecretReference reference{.source = secret, .fingerprint = "version " + version, .value_from = arn};
  // ARN:member:stage:version. Without any of them the ARN alone says it.
  if (is_fixed || !secret.key.empty()) {
    reference.value_from += fmt::format(":{}::{}", secret.key, is_fixed ? version : "");
  }
  return reference;
}

Result<Secret> Secrets::read(const rollout::SecretSource& source, const std::string& /*base_directory*/) {
  std::string value;
  if (const auto* secret = std::get_if<rollout::AwsSecret>(&source)) {
    TRY_ASSIGN(value, value_of(clients_, *secret));
  } else if (const auto* parameter = std::get_if<rollout::AwsParameter>(&source)) {
    TRY_ASSIGN(const json::object found, parameter_of(clients_, *parameter, true));
    value = text_member(found, "Value");
  } else {
    return is_on_the_machine();
  }
  cut_line_end(value);
  return Secret(std::move(value));
}

Result<rollout::SecretReference> Secrets::refer(const rollout::SecretSource& source) {
  if (const auto* secret = std::get_if<rollout::AwsSecret>(&source)) {
    const Call call{.service = "secretsmanager", .operation = "DescribeSecret", .resource = name_of(*secret)};
    TRY_ASSIGN(const json::object described, ask(clients_, secret->access, call, {{"SecretId", secret->id}}));
    return reference_of(described, *secret);
  }
  const auto* parameter = std::get_if<rollout::AwsParameter>(&source);
  if (parameter == nullptr) return is_on_the_machine();
  TRY_ASSIGN(const json::object found, parameter_of(clients_, *parameter, false));
  const std::string arn = text_member(found, "ARN");
  if (arn.empty()) return Error{ErrorKind::NotFound, fmt::format("the {} has no ARN", name_of(*parameter))};
  return rollout::SecretReference{
      .source = source, .fingerprint = fmt::format("version {}", number_member(found, "Version")), .value_from = arn};
}

}  // namespace sluice::aws
