#include "core/rollout/lifecycle_hook.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string describe(const LifecycleHook& hook) {
  struct Visitor {
    std::string operator()(const HookCommand& command) const { return fmt::format("{}", fmt::join(command.argv, " ")); }
    std::string operator()(const HookRequest& request) const { return request.url; }
    std::string operator()(const HookFunction& function) const { return "the function " + function.function; }
  };
  return fmt::format("{}: {}", to_string(hook.point), std::visit(Visitor{}, hook.action));
}

}  // namespace sluice::rollout
