#include "core/config/read_function.h"

#include <fmt/format.h>

#include <array>

#include "core/analysis/alarm.h"
#include "core/config/arn.h"
#include "core/config/read_aws.h"
#include "core/config/read_flags.h"
#include "core/config/read_gateway.h"
#include "core/config/service_kind.h"

namespace sluice::config {
namespace {

using yaml::Node;

constexpr std::string_view kAtTheEdge = "lambda@edge";

/// Keys that are not of a function, and what stands in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kNotOfFunctions{{
    {"port", "nothing listens in a function"},
    {"replicas", "Lambda starts as many instances as there are requests; 'provisioned_concurrency' keeps some warm"},
    {"network", "the function's configuration says it"},
    {"limits", "the function's configuration says its memory"},
    {"read_only", "the file system of a function is read-only but for /tmp"},
    {"route", "what invokes the alias says it"},
    {"command", "the function's configuration says its handler"},
    {"env", "the function's configuration says them"},
    {"secrets", "the function's configuration says them"},
    {"build", "build its package or image by a step of the workflow, and name it with --code or --image"},
    {"preflight", "an image of a function answers no health check when it is started alone"},
    {"release_command", "it is not supported there yet"},
    {"release_within", "a release command is not supported there yet"},
}};

void refuse_keys(Reader& reader, const Node& node) {
  for (const auto& [key, instead] : kNotOfFunctions) {
    refuse(reader, node, key, fmt::format("is not for 'kind: function': {}", instead));
  }
  if (const Node* health = reader.get(&node, "health")) {
    for (const std::string_view key : {"path", "every"}) {
      refuse(reader, *health, key, "is not for 'kind: function': nothing is asked there. 'within' limits its update");
    }
  }
  if (const Node* hooks = reader.get(&node, "hooks")) {
    refuse(reader, *hooks, "AfterAllowTestTraffic", "is not supported for 'kind: function': there is no test traffic");
  }
}

void read_place(Reader& reader, const Node& node, Service& service, rollout::LambdaTarget& lambda) {
  const yaml::Member* member = node.find_member("aws");
  if (member == nullptr) {
    reader.report(service.at, fmt::format("'aws' is missing in the service '{}', which is a function: say its function "
                                          "and its alias",
                                          service.name));
    return;
  }
  const Node& aws = *member->value;
  if (reader.is_bad(&aws)) return;
  for (const std::string_view key : kAwsOfContainers) refuse(reader, aws, key, "is not for 'kind: function'");
  for (const std::string_view key : kAwsOfEngines) refuse(reader, aws, key, "is not for 'kind: function'");
  refuse_keys_of_gateways(reader, aws);
  refuse_keys_of_flags(reader, aws);
  reader.read(&aws, "function", lambda.function);
  reader.read(&aws, "alias", lambda.alias);
  reader.read(&aws, "provisioned_concurrency", lambda.provisioned_concurrency);
  for (const std::string_view key : {"function", "alias"}) {
    const bool is_missing = aws.find(key) == nullptr && !reader.has_bad_member(aws);
    if (is_missing) reader.report(member->key_at, fmt::format("'{}' is missing in 'aws'", key));
  }
  const std::string_view region = arn_part(lambda.function, kArnRegion);
  if (!region.empty() && !lambda.region.empty() && region != lambda.region) {
    reader.report(reader.get(&aws, "function")->begin,
                  fmt::format("this function is in the region {}, the environment in {}", region, lambda.region));
  }
}

/// CloudWatch's metrics of a function: "Types of metrics for Lambda functions" of Lambda's developer guide.
void check_alarm(Reader& reader, const Service& service, const analysis::Alarm& alarm) {
  using analysis::Metric;
  constexpr Milliseconds kMinute = std::chrono::minutes{1};
  const auto report = [&](const std::string& why) {
    reader.report(service.at, fmt::format("the alarm '{}' of '{}' {}", alarm.name, service.name, why));
  };
  switch (alarm.metric) {
    case Metric::FailedHealthChecks:
      report("is on failed_health_checks, and a function has none: write it under the services that have");
      break;
    case Metric::LatencyAverage:
      report(fmt::format("is on {}, which is not measured of functions yet", to_string(alarm.metric)));
      break;
    case Metric::CpuUtilization:
    case Metric::MemoryUtilization:
    case Metric::ServiceCpuUtilization:
    case Metric::ServiceMemoryUtilization:
      report(
          fmt::format("is on {}, which is read of tasks of ECS alone: Lambda has none of its own, and Lambda Insights "
                      "are not read. Write it under the services that are containers, or '{}: off' under this one",
                      to_string(alarm.metric), alarm.name));
      break;
    case Metric::ErrorRate:
    case Metric::ErrorCount:
    case Metric::ErrorLogRate:
    case Metric::ErrorLogCount:
    case Metric::LatencyP50:
    case Metric::LatencyP90:
    case Metric::LatencyP95:
    case Metric::LatencyP99: break;
  }
  if (alarm.every % kMinute == Milliseconds{0}) return;
  report(fmt::format("has a period of {}: CloudWatch counts a function's invocations by whole minutes",
                     format_duration(alarm.every)));
}

bool is_a_count(analysis::Metric metric) {
  using analysis::Metric;
  return metric == Metric::FailedHealthChecks || metric == Metric::ErrorCount || metric == Metric::ErrorLogCount;
}

void check_alarms(Reader& reader, const Node* alarms, Service& service) {
  for (analysis::Alarm& alarm : service.alarms) {
    check_alarm(reader, service, alarm);
    const Node* const said = reader.get(alarms, alarm.name);
    const bool is_said = said != nullptr && said->find("minimum_samples") != nullptr;
    if (!is_said && !is_a_count(alarm.metric)) alarm.minimum_samples = kFunctionSamples;
  }
}

}  // namespace

void read_function_service(Reader& reader, const Node& node, const Node* alarms, const Node* analysis,
                           Service& service) {
  if (reader.get(&node, "kind")->text == kAtTheEdge) return;  // told already
  auto& lambda = std::get<rollout::LambdaTarget>(service.target);
  read_place(reader, node, service, lambda);
  refuse_keys(reader, node);
  read_front_door(reader, node, service, lambda.url);
  check_alarms(reader, alarms, service);
  read_comparison_by_minutes(reader, analysis, service.at, service);
  service.replicas = 1;
}

void refuse_keys_of_functions(Reader& reader, const Node& aws) {
  for (const std::string_view key : kAwsOfFunctions) refuse(reader, aws, key, "is for 'kind: function'");
}

}  // namespace sluice::config
