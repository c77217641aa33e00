// A check of the user's at a named point of a deployment. The names are CodeDeploy's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace sluice::rollout {

enum class HookPoint { BeforeInstall, AfterInstall, AfterAllowTestTraffic, BeforeAllowTraffic, AfterAllowTraffic };

std::string_view to_string(HookPoint point);
std::optional<HookPoint> parse_hook_point(std::string_view name);

struct HookCommand {
  std::vector<std::string> argv;  ///< Run in the folder of sluice.yaml; exit 0 passes.
  friend bool operator==(const HookCommand&, const HookCommand&) = default;
};
struct HookRequest {
  std::string url;  ///< POSTed a JSON object about the deployment; 2xx passes.
  friend bool operator==(const HookRequest&, const HookRequest&) = default;
};

/// A function of AWS Lambda, invoked and waited for; `judge_hook` tells its verdict.
struct HookFunction {
  std::string function;  ///< Name or ARN, with or without a version or an alias; in the service's region.
  friend bool operator==(const HookFunction&, const HookFunction&) = default;
};

struct LifecycleHook {
  HookPoint point = HookPoint::BeforeAllowTraffic;
  std::variant<HookCommand, HookRequest, HookFunction> action;
  Milliseconds within{std::chrono::minutes{2}};
  friend bool operator==(const LifecycleHook&, const LifecycleHook&) = default;
};

/// For people: `BeforeAllowTraffic: the function check`, `AfterInstall: scripts/check.sh --all`.
std::string describe(const LifecycleHook& hook);

}  // namespace sluice::rollout
