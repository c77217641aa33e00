#include "adapters/aws/ecr/registries.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws::ecr {
namespace {

namespace json = boost::json;

constexpr std::size_t kAccountDigits = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What stands before `part` is taken off the text; nothing when the part is not there.
std::optional<std::string> take_up_to(std::string& text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string::npos) return std::nullopt;
  std::string before = text.substr(0, at);
  text.erase(0, at + part.size());
  return before;
}

/// A pattern with `*` for any text, as ImageTagMutabilityExclusionFilter has it.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = pattern.npos;  ///< The last one that was met, …
  std::size_t resumed = 0;          ///< … and up to where of the text it stands for so far.
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      resumed = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != pattern.npos) {
      in_pattern = star + 1;
      at = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

Result<json::object> ask(Client& client, const std::string& operation, const std::string& resource,
                         const json::object& input, const std::stop_token& stop) {
  const Call call{.service = "ecr", .operation = operation, .resource = resource};
  TRY_ASSIGN(json::value answer, client.call(call, input, stop));
  if (!answer.is_object()) return json::object{};
  return std::move(answer.get_object());
}

}  // namespace

std::optional<Address> address_of(const std::string& registry) {
  std::string rest = registry;
  Address address;
  if (const std::size_t slash = rest.find('/'); slash != std::string::npos) {
    address.prefix = rest.substr(slash + 1) + "/";
    rest.erase(slash);
  }
  for (const std::string_view kind : {".dkr.ecr.", ".dkr.ecr-fips."}) {
    if (rest.find(kind) == std::string::npos) continue;
    address.account = take_up_to(rest, kind).value_or("");
    address.region = take_up_to(rest, ".").value_or("");
    const bool is_account = address.account.size() == kAccountDigits && std::ranges::all_of(address.account, is_digit);
    const bool is_aws = rest == "amazonaws.com" || rest == "amazonaws.com.cn";
    if (is_account && is_aws && !address.region.empty()) return address;
  }
  return std::nullopt;
}

bool keeps_tag(const json::object& repository, const std::string& tag) {
  const std::string mutability = text_member(repository, "imageTagMutability");
  const bool is_immutable = mutability.starts_with("IMMUTABLE");
  if (!mutability.ends_with("_WITH_EXCLUSION")) return is_immutable;
  for (const json::object* filter : objects_in(repository, "imageTagMutabilityExclusionFilters")) {
    if (matches(text_member(*filter, "filter"), tag)) return !is_immutable;
  }
  return is_immutable;
}

Result<std::optional<Secret>> Registries::login(const ports::RegistryName& name, std::stop_token stop) {
  const auto address = address_of(name.registry);
  if (!address) return std::optional<Secret>();
  TRY_ASSIGN(Client* const client, clients_.get(address->region, name.role));
  TRY_ASSIGN(const json::object answer, ask(*client, "GetAuthorizationToken", "registry " + name.registry, {}, stop));
  const json::object* data = first_object_in(answer, "authorizationData");
  std::string token = data == nullptr ? "" : text_member(*data, "authorizationToken");
  if (token.empty()) return Error{ErrorKind::Failed, "ecr GetAuthorizationToken: the answer has no token"};
  return std::optional(Secret(std::move(token)));
}

Result<ports::PushRules> Registries::rules(const ports::RegistryName& name, std::stop_token stop) {
  const auto address = address_of(name.registry);
  if (!address) return ports::PushRules{};
  const std::string repository = address->prefix + name.repository;
  TRY_ASSIGN(Client* const client, clients_.get(address->region, name.role));
  auto answer = ask(*client, "DescribeRepositories", "repository " + repository,
                    {{"registryId", address->account}, {"repositoryNames", json::array{repository}}}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) {
    return Error{
        ErrorKind::NotFound,
        fmt::format("there is no repository {0} in {1}: create it with `aws ecr create-repository --region {2} "
                    "--repository-name {0}`",
                    repository, name.registry, address->region)};
  }
  TRY_ASSIGN(const json::object described, std::move(answer));
  const json::object* found = first_object_in(described, "repositories");
  ports::PushRules rules;
  rules.keeps_tag = found != nullptr && keeps_tag(*found, name.tag);
  const auto policy = ask(*client, "GetLifecyclePolicy", "repository " + repository,
                          {{"registryId", address->account}, {"repositoryName", repository}}, stop);
  // Whether there is one does not stand in the way of a push, so neither does that it cannot be told.
  if (!policy && policy.error().kind == ErrorKind::NotFound) {
    rules.notices.push_back(
        fmt::format("the repository {} has no lifecycle policy: images that no tag names any more stay "
                    "for ever, and are paid for",
                    repository));
  }
  return rules;
}

}  // namespace sluice::aws::ecr
