#include "core/iam/trust_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "core/iam/place.h"
#include "core/iam/policy.h"

namespace sluice::iam {
namespace {

namespace json = boost::json;

constexpr const char* kProvider = "token.actions.githubusercontent.com";
constexpr const char* kAudience = "sts.amazonaws.com";  ///< What sluice asks GitHub's token for.

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/// A name of an owner or a repository, and the id behind an `@` where there is one.
bool is_name(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  if (name.empty() || !std::ranges::all_of(name, is_of_name)) return false;
  if (at == text.npos) return true;
  const std::string_view id = text.substr(at + 1);
  return !id.empty() && std::ranges::all_of(id, is_digit);
}

Status check_repository(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string_view owner = std::string_view(text).substr(0, slash);
  const std::string_view name = slash == text.npos ? "" : std::string_view(text).substr(slash + 1);
  const bool has_ids = owner.find('@') != owner.npos;
  if (is_name(owner) && is_name(name) && has_ids == (name.find('@') != name.npos)) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("a repository is OWNER/NAME, like octo-org/shop, or with both ids OWNER@ID/NAME@ID, not '{}'; "
                  "one is trusted, never a pattern",
                  text)};
}

/// What git allows in a branch's name (git-check-ref-format), without what IAM would take for a variable.
Status check_branch(const std::string& text) {
  const auto is_fine = [](char c) {
    return c > ' ' && c != '\x7f' && std::string_view(R"(~^:?*[\$)").find(c) == std::string_view::npos;
  };
  if (std::ranges::all_of(text, is_fine)) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("'{}' is no branch that can be trusted: a name like main or release/2, never a pattern", text)};
}

json::object subject(const TrustedJobs& jobs) {
  const std::string key = fmt::format("{}:sub", kProvider);
  const std::string audience = fmt::format("{}:aud", kProvider);
  if (jobs.branch.empty()) {
    return {{"StringEquals", {{audience, kAudience}}},
            {"StringLike", {{key, fmt::format("repo:{}:*", jobs.repository)}}}};
  }
  return {{"StringEquals",
           {{audience, kAudience}, {key, fmt::format("repo:{}:ref:refs/heads/{}", jobs.repository, jobs.branch)}}}};
}

}  // namespace

Result<json::object> trust_policy_of(const config::Environment& environment, const TrustedJobs& jobs) {
  TRY(check_repository(jobs.repository));
  TRY(check_branch(jobs.branch));
  TRY_ASSIGN(const Place place, place_of_role(environment));
  const std::string provider = place.global_arn("iam", fmt::format("oidc-provider/{}", kProvider));
  json::object statement{{"Sid", "GitHub"},
                         {"Effect", "Allow"},
                         {"Principal", {{"Federated", provider}}},
                         {"Action", "sts:AssumeRoleWithWebIdentity"},
                         {"Condition", subject(jobs)}};
  json::array statements;
  statements.push_back(std::move(statement));
  return json::object{{"Version", kPolicyVersion}, {"Statement", std::move(statements)}};
}

}  // namespace sluice::iam
