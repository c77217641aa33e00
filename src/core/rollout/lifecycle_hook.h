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

struct LifecycleHook {
  HookPoint point = HookPoint::BeforeAllowTraffic;
  std::variant<HookCommand, HookRequest> action;
  Milliseconds within{std::chrono::minutes{2}};
  friend bool operator==(const LifecycleHook&, const LifecycleHook&) = default;
};

}  // namespace sluice::rollout
