#include "core/config/read_native.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/read_codedeploy.h"
#include "core/rollout/codedeploy_moves.h"
#include "core/rollout/target.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// What a pause hook may wait, at most, and what it waits where nobody says otherwise ("Pause hooks for Amazon ECS
/// service deployments", ECS's developer guide).
constexpr Milliseconds kLongestPause = std::chrono::days{14};
constexpr Milliseconds kUsualPause = std::chrono::days{1};
/// Smoke tests, polls, and a controller that is started again.
constexpr Milliseconds kBesides = std::chrono::hours{1};

/// The longest that sluice may leave a pause unanswered: the hooks before the traffic, or a bake and its verdict, and a
/// hold.
Milliseconds longest_pause(const Service& service) {
  Milliseconds hooks{0};
  for (const rollout::LifecycleHook& hook : service.hooks) hooks += hook.within;
  Milliseconds bake{0};
  for (const rollout::TrafficStep& step : service.strategy.steps) bake = std::max(bake, step.bake);
  return std::max(hooks, bake + judged_after(service)) + service.strategy.hold_for + kBesides;
}

}  // namespace

void read_native(Reader& reader, const Node& node, Service& service) {
  const Node* const aws = reader.get(&node, "aws");
  std::string engine;
  reader.read(aws, "engine", engine);
  if (engine != "ecs-native" || service.strategy.steps.empty()) return;
  const std::vector<int> wanted = shares_of_steps(service.strategy);
  const rollout::NativeMoves moves = rollout::nearest_native_moves(wanted);
  if (const auto there = rollout::shares_of(moves); there != wanted) {
    reader.report(service.at,
                  fmt::format("the steps of '{}' are {}, and ECS's own strategies go all at once (BLUE_GREEN), by one "
                              "smaller step (CANARY), or by equal ones that 100% is a multiple of (LINEAR). Write the "
                              "steps {}, or use engine: sluice",
                              service.name, rollout::describe_shares(wanted), rollout::describe_shares(there)));
    return;
  }
  const Milliseconds patience = longest_pause(service);
  if (patience > kLongestPause) {
    reader.report(
        service.at,
        fmt::format("a traffic step of '{}' may stay {} (hooks, or bake and verdict, and 'hold_for'), and ECS "
                    "waits {} at a pause: shorten 'hold_for' or the bakes",
                    service.name, format_duration(patience), format_duration(kLongestPause)));
    return;
  }
  std::get<rollout::EcsTarget>(service.target).native = {.moves = moves, .patience = std::max(patience, kUsualPause)};
}

}  // namespace sluice::config
