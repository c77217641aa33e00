#include "core/config/read_aws.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/analysis/alarm_evaluation.h"
#include "core/config/arn.h"
#include "core/config/read_codedeploy.h"
#include "core/config/read_flags.h"
#include "core/config/read_function.h"
#include "core/config/read_gateway.h"
#include "core/config/read_native.h"
#include "core/config/service_kind.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// Keys that are of a machine, and what stands in their place in AWS.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOfMachines{{
    {"replicas", "the ECS service's desired count says how many tasks run"},
    {"network", "the task definition says it"},
    {"limits", "the task definition says them"},
    {"read_only", "the task definition says it"},
    {"route", "the listener rules say it"},
    {"release_command", "it is not supported there yet"},
    {"release_within", "a release command is not supported there yet"},
}};

void refuse_keys_of_machines(Reader& reader, const Node& node) {
  for (const auto& [key, instead] : kOfMachines) {
    const yaml::Member* member = node.find_member(key);
    if (member == nullptr || reader.is_bad(member->value.get())) continue;
    reader.report(member->key_at,
                  fmt::format("'{}' is not for 'target: aws': {}. Write it under the environment that it "
                              "is meant for",
                              key, instead));
  }
}

/// There is test traffic where a rule of its own leads to GREEN.
void check_hooks(Reader& reader, const Node& node, const rollout::EcsTarget& ecs) {
  const Node* hooks = reader.get(&node, "hooks");
  if (hooks == nullptr || !ecs.test_rule.empty()) return;
  refuse(reader, *hooks, "AfterAllowTestTraffic",
         "needs test traffic: name a listener rule and its URL under 'test' of 'aws'");
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// Of what is known of BLUE, by default: a rate of a few requests a second takes some minutes to be known.
constexpr int kHalfLifeMinutes = 5;

void check_region_of(Reader& reader, const Node& rule, const rollout::EcsTarget& ecs) {
  const std::string_view region = arn_part(rule.text, kArnRegion);
  if (ecs.region.empty() || region == ecs.region) return;
  reader.report(rule.begin, fmt::format("this rule is in the region {}, the environment in {}", region, ecs.region));
}

void read_test_traffic(Reader& reader, const Node* test, rollout::EcsTarget& ecs) {
  if (!reader.read(test, "rule", ecs.test_rule)) return;
  if (reader.read(test, "url", ecs.test_url)) ecs.test_url = without_slash(std::move(ecs.test_url));
  const Node& rule = *reader.get(test, "rule");
  check_region_of(reader, rule, ecs);
  if (std::ranges::find(ecs.rules, ecs.test_rule) == ecs.rules.end()) return;
  reader.report(rule.begin, "this rule is one of 'rules', by which users come: test traffic needs a rule of its own");
}

void check_rules(Reader& reader, const Node& aws, const rollout::EcsTarget& ecs) {
  const Node* rules = reader.get(&aws, "rules");
  std::set<std::string> seen;
  for (std::size_t i = 0; rules != nullptr && i < rules->items.size(); ++i) {
    const Node& rule = *rules->items[i];
    if (reader.is_bad(&rule)) continue;
    if (!seen.insert(rule.text).second) reader.report(rule.begin, "this rule is named twice");
    check_region_of(reader, rule, ecs);
  }
}

void check_target_groups(Reader& reader, const Node& aws, const rollout::EcsTarget& ecs) {
  const Node* groups = reader.get(&aws, "target_groups");
  if (groups == nullptr || reader.has_bad_member(aws)) return;
  if (ecs.target_groups.size() != 2) {
    reader.report(groups->begin, fmt::format("'target_groups' names two, one for each colour in turn, not {}",
                                             ecs.target_groups.size()));
  } else if (ecs.target_groups[0] == ecs.target_groups[1]) {
    reader.report(groups->items[1]->begin, "both target groups are the same: each colour needs one of its own");
  }
}

/// ECS reads the values itself when a task starts, by a reference in the task definition.
void check_secrets(Reader& reader, const Node& node, const Service& service) {
  const Node* secrets = reader.get(&node, "secrets");
  for (const auto& [name, source] : service.secrets) {
    const yaml::Member* member = secrets == nullptr ? nullptr : secrets->find_member(name);
    if (member == nullptr) continue;
    if (!is_in_aws(source)) {
      reader.report(
          member->value->begin,
          fmt::format("the secret '{}' is on this machine, and ECS reads the values of secrets itself: put it "
                      "into AWS and write aws_secret or ssm",
                      name));
    }
    const auto* secret = std::get_if<rollout::AwsSecret>(&source);
    if (secret != nullptr && secret->key.find(':') != std::string::npos) {
      reader.report(member->value->begin,
                    fmt::format("'key' of the secret '{}' has a colon, which ECS cannot take", name));
    }
    const auto* parameter = std::get_if<rollout::AwsParameter>(&source);
    const std::string_view in_arn = parameter == nullptr ? "" : arn_part(parameter->name, kArnResource);
    const bool has_version =
        parameter != nullptr && (in_arn.empty() ? parameter->name : in_arn).find(':') != in_arn.npos;
    if (has_version) {
      reader.report(member->value->begin,
                    fmt::format("the secret '{}' names a version of a parameter: ECS reads the newest only", name));
    }
  }
}

void read_place(Reader& reader, const Node& node, Position at, Service& service) {
  auto& ecs = std::get<rollout::EcsTarget>(service.target);
  const yaml::Member* member = node.find_member("aws");
  if (member == nullptr) {
    reader.report(at, fmt::format("'aws' is missing in the service '{}', which is deployed to an environment with "
                                  "'target: aws': say its cluster, service, container, target_groups and rules",
                                  service.name));
    return;
  }
  const Node& aws = *member->value;
  if (reader.is_bad(&aws)) return;
  refuse_keys_of_functions(reader, aws);
  refuse_keys_of_gateways(reader, aws);
  refuse_keys_of_flags(reader, aws);
  reader.read(&aws, "cluster", ecs.cluster);
  reader.read(&aws, "service", ecs.service);
  reader.read(&aws, "container", ecs.container);
  reader.read(&aws, "target_groups", ecs.target_groups);
  reader.read(&aws, "rules", ecs.rules);
  for (const std::string_view key : kAwsOfContainers) {
    const bool is_missing = key != "test" && aws.find(key) == nullptr && !reader.has_bad_member(aws);
    if (is_missing) reader.report(member->key_at, fmt::format("'{}' is missing in 'aws'", key));
  }
  check_target_groups(reader, aws, ecs);
  check_rules(reader, aws, ecs);
  read_test_traffic(reader, reader.get(&aws, "test"), ecs);
}

void check_steps(Reader& reader, Position at, const Service& service) {
  for (const rollout::TrafficStep& step : service.strategy.steps) {
    if (step.weight.basis_points() % 100 == 0) continue;
    reader.report(at, fmt::format("the traffic step {} of '{}': a listener rule takes whole percents only",
                                  step.weight.to_string(), service.name));
  }
}

/// Where sluice itself deletes the task set that has no share any more.
void check_drain(Reader& reader, Position at, const Service& service, const rollout::EcsTarget& ecs) {
  constexpr Milliseconds kLeast = std::chrono::seconds{5};
  const Milliseconds drain = std::max(service.strategy.drain, service.strategy.drain_websockets);
  if (ecs.codedeploy || ecs.native || drain >= kLeast) return;
  reader.report(
      at,
      fmt::format("'{}' drains for {}: new weights reach the nodes of a load balancer some seconds after they "
                  "are set, and requests to tasks that are gone by then get a 503; let 'drain' be 5s or more",
                  service.name, format_duration(drain)),
      Severity::Warning);
}

/// Who tells of it by the minute.
std::string_view told_by_minutes(analysis::Metric metric) {
  if (analysis::is_of_replicas(metric)) return "Container Insights tell of tasks";
  return analysis::is_of_service(metric) ? "ECS tells CloudWatch of a service"
                                         : "CloudWatch counts a load balancer's requests";
}

void check_alarms(Reader& reader, Position at, const Service& service) {
  using analysis::Metric;
  constexpr Milliseconds kMinute = std::chrono::minutes{1};
  for (const analysis::Alarm& alarm : service.alarms) {
    if (alarm.metric == Metric::LatencyAverage) {
      reader.report(at, fmt::format("the alarm '{}' of '{}': {} is not measured for 'target: aws' yet", alarm.name,
                                    service.name, to_string(alarm.metric)));
    }
    if (alarm.every % kMinute != Milliseconds{0}) {
      reader.report(at, fmt::format("the alarm '{}' of '{}' has a period of {}: {} by whole minutes", alarm.name,
                                    service.name, format_duration(alarm.every), told_by_minutes(alarm.metric)));
    }
  }
}

}  // namespace

void read_front_door(Reader& reader, const Node& node, const Service& service, std::string& url) {
  reader.read(reader.get(&node, "aws"), "url", url);
  url = without_slash(std::move(url));
  const yaml::Member* smoke = node.find_member("smoke");
  if (smoke == nullptr || service.smoke.empty() || !url.empty()) return;
  reader.report(smoke->key_at,
                "smoke tests need to know where requests enter: write 'url' under the environment, or under "
                "'aws' of the service");
}

/// What tells the colours apart is what the code itself is told: a container its revision, a function its version.
void check_dimensions(Reader& reader, Position at, const Service& service, const std::string& metric,
                      const analysis::MetricSource& source) {
  const bool is_function = std::holds_alternative<rollout::LambdaTarget>(service.target);
  const std::string_view wrong = is_function ? "$revision" : analysis::kVersion;
  const auto has_wrong = [&](const auto& dimension) { return dimension.second.contains(wrong); };
  if (std::ranges::none_of(source.dimensions, has_wrong)) return;
  reader.report(at, fmt::format("the metric '{}' of '{}' has {} in a dimension, {}", metric, service.name, wrong,
                                is_function ? "which a function is not told: write $version, which it finds in "
                                              "AWS_LAMBDA_FUNCTION_VERSION"
                                            : "which functions have: write $revision, which a container finds in "
                                              "SLUICE_REVISION"));
}

void read_comparison_by_minutes(Reader& reader, const Node* node, Position at, Service& service) {
  if (!service.analysis) return;
  const Position place = node == nullptr ? at : node->begin;
  const auto refuse = [&](std::string_view key, std::string_view why) {
    const yaml::Member* member = node == nullptr ? nullptr : node->find_member(key);
    const bool is_off = member != nullptr && member->value->is_scalar() && member->value->text == "off";
    if (member == nullptr || is_off || reader.is_bad(member->value.get())) return;
    reader.report(member->key_at, fmt::format("'{}' is not for 'target: aws': {}", key, why));
  };
  refuse("slot", "CloudWatch has a figure a minute, and that is what is compared");
  refuse("probes", "requests of sluice's own cannot be sent to each colour there yet");
  analysis::SequentialSettings& sequential = service.analysis->sequential;
  sequential.slot_length = rollout::telemetry_timing(service.target).grain;
  const bool says_half_life = node != nullptr && node->find("half_life") != nullptr;
  if (!says_half_life) sequential.half_life = sequential.slot_length * kHalfLifeMinutes;
  for (std::size_t i = 0; i < service.analysis->sources.size(); ++i) {
    const analysis::MetricSource& source = service.analysis->sources[i];
    using analysis::SourceKind;
    if (source.from == SourceKind::CloudWatch) {
      check_dimensions(reader, place, service, sequential.more[i].name, source);
    }
    const bool is_there = source.from == SourceKind::Prometheus || source.from == SourceKind::CloudWatch;
    if (is_there || source.from == SourceKind::Probes) continue;
    reader.report(place, fmt::format("the metric '{}' of '{}': 'source: {}' is not for 'target: aws' yet; "
                                     "prometheus and cloudwatch are",
                                     sequential.more[i].name, service.name, to_string(source.from)));
  }
}

void read_aws_service(Reader& reader, const Node& node, const Node* analysis, Position at, Service& service) {
  read_place(reader, node, at, service);
  refuse_keys_of_machines(reader, node);
  check_secrets(reader, node, service);
  auto& ecs = std::get<rollout::EcsTarget>(service.target);
  check_hooks(reader, node, ecs);
  read_front_door(reader, node, service, ecs.url);
  read_codedeploy(reader, node, service);
  read_native(reader, node, service);
  check_steps(reader, at, service);
  check_drain(reader, at, service, ecs);
  check_alarms(reader, at, service);
  read_comparison_by_minutes(reader, analysis, at, service);
  service.replicas = 1;
}

}  // namespace sluice::config
