#include "core/rollout/lifecycle_hook.h"

#include <array>
#include <utility>

namespace sluice::rollout {
namespace {
constexpr std::array kPoints{HookPoint::BeforeInstall, HookPoint::AfterInstall, HookPoint::AfterAllowTestTraffic,
                             HookPoint::BeforeAllowTraffic, HookPoint::AfterAllowTraffic};
}  // namespace

std::string_view to_string(HookPoint point) {
  switch (point) {
    case HookPoint::BeforeInstall: return "BeforeInstall";
    case HookPoint::AfterInstall: return "AfterInstall";
    case HookPoint::AfterAllowTestTraffic: return "AfterAllowTestTraffic";
    case HookPoint::BeforeAllowTraffic: return "BeforeAllowTraffic";
    case HookPoint::AfterAllowTraffic: return "AfterAllowTraffic";
  }
  std::unreachable();
}

std::optional<HookPoint> parse_hook_point(std::string_view name) {
  for (HookPoint point : kPoints) {
    if (to_string(point) == name) return point;
  }
  return std::nullopt;
}

}  // namespace sluice::rollout
