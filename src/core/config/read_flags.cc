#include "core/config/read_flags.h"

#include <fmt/format.h>

#include <array>

#include "core/config/form.h"
#include "core/config/service_kind.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// The one of AppConfig's predefined strategies that its user guide recommends for production: half an hour, and half
/// an hour of bake.
constexpr std::string_view kRecommendedStrategy = "AppConfig.Linear20PercentEvery6Minutes";
constexpr Milliseconds kGrowth{std::chrono::hours{2}};

/// Keys that are not of flags, and what stands in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kNotOfFlags{{
    {"image", "what is deployed stands in the file that 'definition' in 'aws' names"},
    {"build", "nothing is built for them"},
    {"preflight", "there is no image to try; 'sluice lint' tries the definitions"},
    {"release_command", "there is no image to run it in: write it under a service that has one"},
    {"release_within", "there is no image to run a release command in"},
    {"command", "nothing runs"},
    {"port", "nothing listens"},
    {"replicas", "AppConfig keeps them"},
    {"network", "AppConfig keeps them"},
    {"limits", "AppConfig keeps them"},
    {"read_only", "AppConfig keeps them"},
    {"route", "the services that read them have routes"},
    {"env", "a flag's attributes say what goes with it"},
    {"secrets", "flags are no place for secrets: every client may read them"},
    {"smoke", "nothing answers requests; a hook can read them as a client does"},
    {"alarms",
     "AppConfig watches: name CloudWatch alarms as monitors of its environment, and it takes a version back by itself"},
    {"analysis",
     "nobody tells apart which version of the flags a request met. Write it under the services that read them"},
}};

void refuse_keys(Reader& reader, const Node& node) {
  for (const auto& [key, instead] : kNotOfFlags) {
    const Node* const value = node.find(key);
    const bool is_off = value != nullptr && value->is_scalar() && value->text == "off";
    if (!is_off) refuse(reader, node, key, fmt::format("is not for 'kind: flags': {}", instead));
  }
  if (const Node* health = reader.get(&node, "health")) {
    for (const std::string_view key : {"path", "every"}) {
      refuse(reader, *health, key,
             "is not for 'kind: flags': nothing is asked there. 'within' limits how long a version is made");
    }
  }
  if (const Node* hooks = reader.get(&node, "hooks")) {
    refuse(reader, *hooks, "AfterAllowTestTraffic", "is not supported for 'kind: flags': there is no test traffic");
  }
}

void read_place(Reader& reader, const Node& node, Service& service, rollout::FlagsTarget& flags) {
  flags.strategy = kRecommendedStrategy;
  flags.within = kGrowth;
  const yaml::Member* member = node.find_member("aws");
  if (member == nullptr) {
    reader.report(service.at, fmt::format("'aws' is missing in the service '{}', which is of the kind flags: say its "
                                          "application, profile, environment and definition",
                                          service.name));
    return;
  }
  const Node& aws = *member->value;
  if (reader.is_bad(&aws)) return;
  for (const std::string_view key : kAwsOfContainers) refuse(reader, aws, key, "is not for 'kind: flags'");
  for (const std::string_view key : kAwsOfFunctions) refuse(reader, aws, key, "is not for 'kind: flags'");
  for (const std::string_view key : kAwsOfEngines) {
    if (key != "application") refuse(reader, aws, key, "is not for 'kind: flags'");
  }
  for (const std::string_view key : kAwsOfGateways) {
    if (key != "definition") refuse(reader, aws, key, "is not for 'kind: flags'");
  }
  refuse(reader, aws, "url", "is not for 'kind: flags': no requests enter there");
  reader.read(&aws, "application", flags.application);
  if (!flags.application.empty() && form::kAppConfigId.check(flags.application)) {
    reader.report(reader.get(&aws, "application")->begin,
                  fmt::format("'application' must be {}, like {}, not '{}'", form::kAppConfigId.what,
                              form::kAppConfigId.example, flags.application));
  }
  reader.read(&aws, "profile", flags.profile);
  reader.read(&aws, "environment", flags.environment);
  reader.read(&aws, "definition", flags.definition);
  reader.read(&aws, "deployment_strategy", flags.strategy);
  reader.read(&aws, "within", flags.within);
  for (const std::string_view key : {"application", "profile", "environment", "definition"}) {
    const bool is_missing = aws.find(key) == nullptr && !reader.has_bad_member(aws);
    if (is_missing) reader.report(member->key_at, fmt::format("'{}' is missing in 'aws'", key));
  }
}

/// Bakes of the file and the environment are for what sluice itself watches.
void read_steps(Reader& reader, const Node& node, Service& service) {
  const Node* const strategy = reader.get(&node, "strategy");
  const Node* const steps = strategy == nullptr ? nullptr : reader.get(strategy, "steps");
  if (steps != nullptr && service.strategy.steps.size() > 1) {
    reader.report(steps->begin,
                  fmt::format("the steps of '{}': AppConfig itself gives a version to more and more clients, as its "
                              "deployment strategy says ('deployment_strategy' in 'aws'). Write one step of 100%, or "
                              "none",
                              service.name));
  }
  rollout::TrafficStep whole = service.strategy.steps.back();
  if (steps == nullptr) whole.bake = Milliseconds{0};
  service.strategy.steps = {whole};
}

}  // namespace

void read_flags_service(Reader& reader, const Node& node, Service& service) {
  read_place(reader, node, service, std::get<rollout::FlagsTarget>(service.target));
  refuse_keys(reader, node);
  read_steps(reader, node, service);
  service.alarms.clear();
  service.analysis.reset();
  service.probes.reset();
  service.replicas = 1;
}

void refuse_keys_of_flags(Reader& reader, const Node& aws) {
  for (const std::string_view key : kAwsOfFlags) refuse(reader, aws, key, "is for 'kind: flags'");
}

}  // namespace sluice::config
