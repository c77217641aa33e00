#include "adapters/aws/permissions.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/endpoint.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view kRole = ":role/";

/// `{"ArnEquals": {"ecs:cluster": ["arn:…"]}}` as ContextEntries: every operator that sluice's policies have compares
/// text.
json::array context_of(const json::object& statement) {
  json::array entries;
  const json::value* const condition = statement.if_contains("Condition");
  if (condition == nullptr) return entries;
  for (const auto& [comparison, keys] : condition->as_object()) {
    for (const auto& [key, values] : keys.as_object()) {
      json::array texts = values.is_array() ? values.as_array() : json::array{values};
      entries.push_back(
          {{"ContextKeyName", key}, {"ContextKeyType", "string"}, {"ContextKeyValues", json::array{texts.front()}}});
    }
  }
  return entries;
}

json::object input_of(const std::string& identity, const json::object& statement) {
  json::object input{{"PolicySourceArn", identity},
                     {"ActionNames", statement.at("Action")},
                     {"ResourceArns", statement.at("Resource")}};
  if (json::array context = context_of(statement); !context.empty()) input["ContextEntries"] = std::move(context);
  return input;
}

void add_denied(const json::object& answer, std::vector<ports::DeniedAction>& denied) {
  const json::array* const results = array_member(answer, "EvaluationResults");
  if (results == nullptr) return;
  for (const json::value& result : *results) {
    const std::string decision = text_member(result.as_object(), "EvalDecision");
    if (decision == "allowed") continue;
    denied.push_back({text_member(result.as_object(), "EvalActionName"),
                      text_member(result.as_object(), "EvalResourceName"), decision == "explicitDeny"});
  }
}

/// SimulatePrincipalPolicy of all pages: unless asked for fewer it answers a hundred results at a time, or less
/// ("MaxItems").
Status add_denied_of(Client& client, const std::string& identity, json::object input,
                     std::vector<ports::DeniedAction>& denied) {
  const Call call{.service = "iam", .operation = "SimulatePrincipalPolicy", .resource = identity};
  for (;;) {
    TRY_ASSIGN(const json::object answer, client.ask(call, input));
    add_denied(answer, denied);
    const std::string next = text_member(answer, "Marker");
    if (text_member(answer, "IsTruncated") != "true" || next.empty()) return {};
    input["Marker"] = next;
  }
}

bool is_role(const std::string& identity) { return identity.find(kRole) != std::string::npos; }

std::string without_path(const std::string& role) {
  const std::size_t kind = role.find(kRole);
  return kind == std::string::npos ? role : role.substr(0, kind) + std::string(kRole) + last_part(role);
}

/// The role's ARN with its path, which that of a session lacks. Errors: Denied (to ask for it), those of the client.
Result<std::string> with_path(Client& client, const std::string& role, const std::string& role_in_use) {
  if (without_path(role_in_use) == role) return role_in_use;
  const Call call{.service = "iam", .operation = "GetRole", .resource = role};
  TRY_ASSIGN(const json::object answer, client.ask(call, {{"RoleName", last_part(role)}}));
  const json::object* const found = object_member(answer, "Role");
  const std::string arn = found == nullptr ? std::string() : text_member(*found, "Arn");
  if (!arn.empty()) return arn;
  return Error{ErrorKind::Failed, fmt::format("iam GetRole of {} tells no ARN: what answers is no IAM", role)};
}

Error no_such_role(const std::string& role) {
  const std::size_t name = role.find(kRole) + kRole.size();
  return {
      ErrorKind::Denied,
      fmt::format("IAM knows no {}: it has a path, which the keys of a session do not tell. Allow iam:GetRole on {}*{} "
                  "to the keys in use",
                  role, role.substr(0, name), role.substr(name))};
}

}  // namespace

std::string role_of_session(const std::string& arn) {
  constexpr std::string_view kService = ":sts::";
  constexpr std::string_view kKind = ":assumed-role/";
  const std::size_t service = arn.find(kService);
  const std::size_t kind = arn.find(kKind);
  if (service == std::string::npos || kind == std::string::npos) return arn;
  const std::string account = arn.substr(service + kService.size(), kind - service - kService.size());
  const std::string names = arn.substr(kind + kKind.size());
  return fmt::format("{}:iam::{}:role/{}", arn.substr(0, service), account, names.substr(0, names.find('/')));
}

Result<std::string> Permissions::identity(const rollout::AwsAccess& access) {
  TRY_ASSIGN(Client* const client, clients_.get(access.region, access.role));
  const Call call{.service = "sts", .operation = "GetCallerIdentity", .resource = "the keys in use"};
  TRY_ASSIGN(const json::value answer, client->call(call, {}));
  return role_of_session(answer.is_object() ? text_member(answer.get_object(), "Arn") : std::string());
}

Result<std::vector<ports::DeniedAction>> Permissions::denied(const rollout::AwsAccess& access,
                                                             const std::string& identity, const std::string& policy) {
  if (identity.ends_with(":root")) {
    return Error{ErrorKind::InvalidInput, "IAM tells nothing of an account's root user: use keys of a user or a role"};
  }
  TRY_ASSIGN(const Partition partition, partition_of(access.region));
  TRY_ASSIGN(const std::string_view home, home_of_iam(partition));
  TRY_ASSIGN(Client* const client, clients_.get(std::string(home), access.role));
  auto whole = is_role(identity) ? with_path(*client, identity, access.role) : Result<std::string>(identity);
  const bool is_guess = !whole && whole.error().kind == ErrorKind::Denied;  // most roles have no path
  if (!whole && !is_guess) return std::move(whole.error());
  const std::string source = is_guess ? identity : *whole;
  std::vector<ports::DeniedAction> denied;
  const json::value document = json::parse(policy);
  for (const json::value& statement : document.at("Statement").as_array()) {
    const Status tried = add_denied_of(*client, source, input_of(source, statement.as_object()), denied);
    if (!tried && is_guess && tried.error().kind == ErrorKind::NotFound) return no_such_role(identity);
    if (!tried) return tried.error();
  }
  return denied;
}

}  // namespace sluice::aws
