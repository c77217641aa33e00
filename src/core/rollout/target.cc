#include "core/rollout/target.h"

#include <string_view>

namespace sluice::rollout {

std::string listener_of(const std::string& rule_arn) {
  constexpr std::string_view kRuleKind = ":listener-rule/";
  const std::size_t kind = rule_arn.find(kRuleKind);
  if (kind == std::string::npos) return {};
  const std::string path = rule_arn.substr(kind + kRuleKind.size());
  return rule_arn.substr(0, kind) + ":listener/" + path.substr(0, path.rfind('/'));
}

TelemetryTiming telemetry_timing(const Target& target) {
  using namespace std::chrono_literals;
  struct Visitor {
    TelemetryTiming operator()(const MachineTarget&) const { return {}; }
    TelemetryTiming operator()(const EcsTarget&) const { return {.grain = 60s, .delay = 120s}; }
  };
  return std::visit(Visitor{}, target);
}

}  // namespace sluice::rollout
