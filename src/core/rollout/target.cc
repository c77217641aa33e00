#include "core/rollout/target.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace sluice::rollout {
namespace {

/// Two minutes until it is published, and some seconds to ask for it.
constexpr TelemetryTiming kCloudWatch{.grain = std::chrono::minutes{1}, .delay = std::chrono::seconds{125}};

}  // namespace

std::optional<AwsAccess> access_of(const Target& target) {
  return std::visit(
      [](const auto& place) -> std::optional<AwsAccess> {
        if constexpr (requires { place.role; }) return AwsAccess{place.region, place.role};
        return std::nullopt;
      },
      target);
}

std::string listener_of(const std::string& rule_arn) {
  constexpr std::string_view kRuleKind = ":listener-rule/";
  const std::size_t kind = rule_arn.find(kRuleKind);
  if (kind == std::string::npos) return {};
  const std::string path = rule_arn.substr(kind + kRuleKind.size());
  return rule_arn.substr(0, kind) + ":listener/" + path.substr(0, path.rfind('/'));
}

std::string name_of_function(const std::string& function) { return function.substr(function.rfind(':') + 1); }

std::string_view to_string(ApiKind kind) {
  switch (kind) {
    case ApiKind::Rest: return "rest";
    case ApiKind::V2: return "v2";
  }
  std::unreachable();
}

std::optional<ApiKind> parse_api_kind(std::string_view name) {
  for (const ApiKind kind : {ApiKind::Rest, ApiKind::V2}) {
    if (name == to_string(kind)) return kind;
  }
  return std::nullopt;
}

bool has_test_traffic(const Target& target) {
  const auto* const ecs = std::get_if<EcsTarget>(&target);
  return std::holds_alternative<MachineTarget>(target) || (ecs != nullptr && !ecs->test_rule.empty());
}

std::string describe_place(const Target& target) {
  struct Visitor {
    std::string operator()(const MachineTarget&) const { return "this machine"; }
    std::string operator()(const EcsTarget& ecs) const {
      std::string engine;
      if (ecs.native) engine = ", by ECS's own deployments";
      if (ecs.codedeploy) {
        engine = fmt::format(", by CodeDeploy's deployment group {} of {}", ecs.codedeploy->deployment_group,
                             ecs.codedeploy->application);
      }
      return fmt::format("the ECS service {} of cluster {} in {} with the target groups {} and {}{}", ecs.service,
                         ecs.cluster, ecs.region, ecs.target_groups.at(0), ecs.target_groups.at(1), engine);
    }
    std::string operator()(const LambdaTarget& lambda) const {
      return fmt::format("the alias {} of the function {} in {}", lambda.alias, name_of_function(lambda.function),
                         lambda.region);
    }
    std::string operator()(const GatewayTarget& gateway) const {
      return fmt::format("the stage {} of the {} {} in {}", gateway.stage,
                         gateway.kind == ApiKind::Rest ? "REST API" : "API", gateway.api, gateway.region);
    }
    std::string operator()(const FlagsTarget& flags) const {
      return fmt::format("the flags {} in the environment {} of the AppConfig application {} in {}", flags.profile,
                         flags.environment, flags.application, flags.region);
    }
  };
  return std::visit(Visitor{}, target);
}

bool can_hold(const Target& target) {
  const auto* const ecs = std::get_if<EcsTarget>(&target);
  return ecs == nullptr || !ecs->codedeploy;
}

bool writes_weights(const Target& target) {
  const auto* const ecs = std::get_if<EcsTarget>(&target);
  return ecs == nullptr || (!ecs->codedeploy && !ecs->native);
}

TelemetryTiming telemetry_timing(const Target& target) {
  struct Visitor {
    TelemetryTiming operator()(const MachineTarget&) const { return {}; }
    TelemetryTiming operator()(const EcsTarget&) const { return kCloudWatch; }
    TelemetryTiming operator()(const LambdaTarget&) const { return kCloudWatch; }
    TelemetryTiming operator()(const GatewayTarget&) const { return {}; }
    TelemetryTiming operator()(const FlagsTarget&) const { return {}; }
  };
  return std::visit(Visitor{}, target);
}

}  // namespace sluice::rollout
