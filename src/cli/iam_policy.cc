#include "cli/iam_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "base/json_text.h"
#include "base/nearest_name.h"
#include "cli/journal_variable.h"
#include "core/appspec/app_spec.h"
#include "core/config/arn.h"
#include "core/config/configuration.h"
#include "core/iam/policy.h"
#include "core/iam/trust_policy.h"

namespace sluice::cli {
namespace {

namespace json = boost::json;
using server::Arguments;

constexpr int kUnusable = 2;

int refuse(const std::string& message) {
  std::fprintf(stderr, "sluice: %s\n", message.c_str());
  return kUnusable;
}

Result<std::string> read_text(const std::string& file, std::string_view option) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream) return text.str();
  return Error{ErrorKind::NotFound, fmt::format("cannot read {}; name the file with {}", file, option)};
}

Result<config::Environment> find_environment(const config::Configuration& configuration, const std::string& name) {
  const auto found = configuration.environments.find(name);
  if (found != configuration.environments.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [each, ignored] : configuration.environments) names.push_back(each);
  const auto nearest = nearest_name(name, names);
  return Error{ErrorKind::NotFound, fmt::format("there is no environment '{}'{}", name,
                                                nearest ? fmt::format(": did you mean '{}'?", *nearest)
                                                        : fmt::format(": there are {}", fmt::join(names, ", ")))};
}

Result<config::Configuration> configuration_of(const Arguments& arguments) {
  if (arguments.has("directory")) {
    const std::string& directory = arguments.one("directory");
    std::error_code failed;
    std::filesystem::current_path(directory, failed);
    if (failed) {
      return Error{ErrorKind::NotFound, fmt::format("cannot enter {}: {}", directory, failed.message())};
    }
  }
  const std::string file = arguments.has("file") ? arguments.one("file") : "sluice.yaml";
  TRY_ASSIGN(const std::string text, read_text(file, "--file"));
  const config::ParsedConfiguration parsed = config::parse(text, file);
  for (const Finding& finding : parsed.findings) std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  if (!parsed.configuration) return Error{ErrorKind::InvalidInput, fmt::format("{} cannot be used", file)};
  return *parsed.configuration;
}

Result<config::Environment> environment_of(const Arguments& arguments) {
  TRY_ASSIGN(const config::Configuration configuration, configuration_of(arguments));
  const bool is_named = arguments.has("environment");
  return find_environment(configuration, is_named ? arguments.one("environment") : configuration.default_environment);
}

Result<config::EcsRunner> runner_of(const Arguments& arguments) {
  TRY_ASSIGN(const config::Configuration configuration, configuration_of(arguments));
  const std::string& name = arguments.one("runner");
  std::vector<std::string_view> names;
  for (const config::EcsRunner& runner : configuration.runners) {
    if (runner.name == name) return runner;
    names.push_back(runner.name);
  }
  const auto nearest = nearest_name(name, names);
  return Error{ErrorKind::NotFound,
               fmt::format("there is no runner '{}'{}", name,
                           nearest         ? fmt::format(": did you mean '{}'?", *nearest)
                           : names.empty() ? std::string(": write it under 'runners'")
                                           : fmt::format(": there are {}", fmt::join(names, ", ")))};
}

Status check_options(const Arguments& arguments) {
  const bool trust = arguments.has("trust");
  for (const char* option : {"repository", "branch"}) {
    if (!trust && arguments.has(option)) {
      return Error{ErrorKind::InvalidInput, fmt::format("--{} is for --trust: say that, or leave it out", option)};
    }
  }
  for (const char* option : {"environment", "trust", "journal", "appspec", "packages"}) {
    if (!arguments.has("runner") || !arguments.has(option)) continue;
    return Error{ErrorKind::InvalidInput, fmt::format("--{} is not for --runner: leave one of them out", option)};
  }
  for (const char* option : {"journal", "packages", "kms-key"}) {
    if (!trust || !arguments.has(option)) continue;
    return Error{ErrorKind::InvalidInput, fmt::format("--{} is not for --trust: leave one of them out", option)};
  }
  if (!trust || arguments.has("repository")) return {};
  return Error{ErrorKind::InvalidInput, "--trust needs the repository that is trusted: --repository OWNER/NAME"};
}

/// That of the option, else of the variable.
Result<std::optional<rollout::JournalPlace>> journal_of(const Arguments& arguments) {
  const std::string& text = arguments.one("journal");
  if (text.empty()) return journal_place_of_environment();
  TRY_ASSIGN(rollout::JournalPlace place, rollout::parse_journal_place(text));
  return std::optional(std::move(place));
}

/// `s3://BUCKET/PREFIX` without what says that it is in S3; the bucket alone is all of it.
Result<std::string> packages_in(const std::string& text) {
  constexpr std::string_view kScheme = "s3://";
  const std::string place = text.starts_with(kScheme) ? text.substr(kScheme.size()) : "";
  if (place.empty() || place.starts_with('/') || place.find_first_of("*?\" ") != std::string::npos) {
    return Error{ErrorKind::InvalidInput, fmt::format("--packages {} is no place in S3: say s3://BUCKET/PREFIX", text)};
  }
  return place.find('/') == std::string::npos ? place + "/" : place;
}

Result<std::string> kms_key_in(const std::string& text) {
  const bool is_key = config::arn_part(text, config::kArnService) == "kms" &&
                      config::arn_part(text, config::kArnResource).starts_with("key/");
  if (is_key) return text;
  return Error{ErrorKind::InvalidInput,
               fmt::format("--kms-key {} is no ARN of a key: say arn:aws:kms:REGION:ACCOUNT:key/ID (an alias counts "
                           "for nothing in a policy)",
                           text)};
}

Result<std::set<std::string>> kms_keys_of(const Arguments& arguments) {
  std::set<std::string> keys;
  for (const std::string& text : arguments.many("kms-key")) {
    TRY_ASSIGN(std::string key, kms_key_in(text));
    keys.insert(std::move(key));
  }
  return keys;
}

Result<iam::AlsoNeeded> also_needed(const Arguments& arguments) {
  iam::AlsoNeeded also;
  TRY_ASSIGN(also.journal, journal_of(arguments));
  for (const std::string& text : arguments.many("packages")) {
    TRY_ASSIGN(std::string place, packages_in(text));
    also.packages.insert(std::move(place));
  }
  TRY_ASSIGN(also.kms_keys, kms_keys_of(arguments));
  return also;
}

/// Of `[SERVICE=]FILE`; without a name the only service of the environment is meant.
Result<config::Service*> service_named_in(const std::string& argument, config::Environment& environment) {
  std::vector<std::string_view> names;
  for (config::Service& service : environment.services) {
    if (argument.starts_with(service.name + "=")) return &service;
    names.push_back(service.name);
  }
  if (names.size() == 1) return &environment.services.front();
  return Error{ErrorKind::InvalidInput,
               fmt::format("whose hooks does {} have? Say --appspec SERVICE=FILE: there are {}", argument,
                           fmt::join(names, ", "))};
}

Status add_hooks_of(const std::string& argument, config::Environment& environment) {
  TRY_ASSIGN(config::Service* const service, service_named_in(argument, environment));
  const bool is_named = argument.starts_with(service->name + "=");
  const std::string file = is_named ? argument.substr(service->name.size() + 1) : argument;
  TRY_ASSIGN(const std::string text, read_text(file, "--appspec"));
  const appspec::ParsedAppSpec parsed = appspec::parse(text, file);
  for (const Finding& finding : parsed.findings) std::fprintf(stderr, "%s\n", to_string(finding).c_str());
  if (!parsed.spec) return Error{ErrorKind::InvalidInput, fmt::format("{} cannot be used", file)};
  for (const appspec::Hook& hook : parsed.spec->hooks) {
    service->hooks.push_back({hook.point, rollout::HookFunction{hook.function}});
  }
  return {};
}

Result<json::object> document_of(const Arguments& arguments, config::Environment environment) {
  for (const std::string& argument : arguments.many("appspec")) TRY(add_hooks_of(argument, environment));
  if (!arguments.has("trust")) {
    TRY_ASSIGN(const iam::AlsoNeeded also, also_needed(arguments));
    return iam::policy_of(environment, also);
  }
  iam::TrustedJobs jobs{.repository = arguments.one("repository")};
  if (arguments.has("branch")) jobs.branch = arguments.one("branch");
  return iam::trust_policy_of(environment, jobs);
}

/// Arrays and objects with a line a member, two spaces a level.
std::string indented(const json::value& value, int level = 0) {
  const std::string margin(static_cast<std::size_t>(level + 1) * 2, ' ');
  std::vector<std::string> members;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      members.push_back(fmt::format("{}{}: {}", margin, json::serialize(key), indented(member, level + 1)));
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) members.push_back(margin + indented(item, level + 1));
  } else {
    return to_json_text(value);
  }
  const bool is_object = value.is_object();
  return fmt::format("{}\n{}\n{}{}", is_object ? "{" : "[", fmt::join(members, ",\n"), margin.substr(2),
                     is_object ? "}" : "]");
}

/// `whose`: an environment's name, or a runner's.
void print(const Invocation& invocation, const std::string& whose, const json::object& document) {
  if (!invocation.json) {
    std::printf("%s\n", indented(document).c_str());
    return;
  }
  const json::object line{{"type", invocation.arguments.has("trust") ? "iam_trust_policy" : "iam_policy"},
                          {invocation.arguments.has("runner") ? "runner" : "environment", whose},
                          {"policy", document}};
  std::printf("%s\n", to_json_text(line).c_str());
}

/// IAM counts no white space outside of quotes, and a policy has none inside of them.
void tell_of_length(const json::object& document) {
  const std::size_t length = to_json_text(document).size();
  if (length <= iam::kMostInManagedPolicy) return;
  std::fprintf(stderr,
               "sluice: the policy has %zu characters; IAM takes %d in a managed policy and %d in a role itself: give "
               "it to the role, or divide its statements between several\n",
               length, iam::kMostInManagedPolicy, iam::kMostInRole);
}

}  // namespace

int run_iam_policy(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  if (const Status fine = check_options(arguments); !fine) return refuse(fine.error().message);
  if (arguments.has("runner")) {
    const auto runner = runner_of(arguments);
    if (!runner) return refuse(runner.error().message);
    const auto keys = kms_keys_of(arguments);
    if (!keys) return refuse(keys.error().message);
    print(invocation, runner->name, iam::policy_of(*runner, *keys));
    return 0;
  }
  const auto environment = environment_of(arguments);
  if (!environment) return refuse(environment.error().message);
  const auto document = document_of(arguments, *environment);
  if (!document) return refuse(document.error().message);
  print(invocation, environment->name, *document);
  if (!arguments.has("trust")) tell_of_length(*document);
  return 0;
}

}  // namespace sluice::cli
