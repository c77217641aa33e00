#include "core/rollout/stage.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::rollout {
namespace {

void add_hooks(const Plan& plan, HookPoint point, std::vector<Stage>& stages) {
  for (std::size_t i = 0; i < plan.hooks.size(); ++i) {
    if (plan.hooks[i].point == point) stages.push_back({StageKind::Hook, i});
  }
}

std::string describe_barrier(const Plan& plan, std::size_t barrier) {
  if (barrier == kPrepareBarrier) {
    const std::vector<std::string>& after = member_of(plan).after;
    if (after.empty()) return "begin of the release";
    return fmt::format("wait until {} {} prepared", fmt::join(after, ", "), after.size() == 1 ? "is" : "are");
  }
  if (barrier == last_barrier(*plan.release)) return "wait until the whole release has baked";
  if (barrier == barrier_of_round(0)) return "wait until the whole release is prepared";
  return fmt::format("wait for the release's traffic step {} of {}", barrier, plan.release->rounds);
}

}  // namespace

TrafficSplit split_for(const Plan& plan, Weight green) {
  if (!plan.blue) {
    if (green == Weight::none()) return TrafficSplit{};
    return TrafficSplit{true, plan.green_slot == Slot::B ? Weight::full() : Weight::none()};
  }
  return TrafficSplit{true, plan.green_slot == Slot::B ? green : green.complement()};
}

Weight green_share(const Plan& plan, const TrafficSplit& split) { return share_of(split, plan.green_slot); }

std::vector<Stage> forward_stages(const Plan& plan) {
  std::vector<Stage> stages;
  const auto await = [&](std::size_t barrier) {
    if (plan.release) stages.push_back({StageKind::AwaitRelease, barrier});
  };
  const std::size_t last = plan.strategy.steps.size() - 1;
  const auto await_round_of = [&](std::size_t step) {
    if (plan.release) await(barrier_of_round(round_of(plan, step)));
  };
  if (plan.blue || !plan.witnesses.empty()) stages.push_back({StageKind::CheckBlue});
  if (plan.scan_gate) stages.push_back({StageKind::CheckScan});
  stages.push_back({StageKind::PrepareRoute});
  await(kPrepareBarrier);
  add_hooks(plan, HookPoint::BeforeInstall, stages);
  if (!plan.release_command.empty()) stages.push_back({StageKind::ReleaseCommand});
  stages.push_back({StageKind::StartGreen});
  add_hooks(plan, HookPoint::AfterInstall, stages);
  stages.push_back({StageKind::AttachGreen});
  if (!plan.smoke.empty() && has_test_traffic(plan.green.target)) stages.push_back({StageKind::SmokeGreen});
  add_hooks(plan, HookPoint::AfterAllowTestTraffic, stages);
  add_hooks(plan, HookPoint::BeforeAllowTraffic, stages);
  for (std::size_t i = plan.blue ? 0 : last; i < last; ++i) {
    await_round_of(i);
    stages.push_back({StageKind::Shift, i});
    stages.push_back({StageKind::Bake, i});
  }
  if (plan.blue) await_round_of(last);
  stages.push_back({StageKind::Shift, last});
  if (!plan.smoke.empty()) stages.push_back({StageKind::SmokeFrontDoor});
  add_hooks(plan, HookPoint::AfterAllowTraffic, stages);
  if (!plan.blue) await_round_of(last);
  stages.push_back({StageKind::Bake, last});
  if (plan.release) await(last_barrier(*plan.release));
  if (plan.blue) {
    stages.push_back({StageKind::DrainBlue});
    stages.push_back({StageKind::RetireBlue});
  }
  return stages;
}

std::vector<Stage> rollback_stages(bool touched) {
  if (!touched) return {{StageKind::RetireGreen}};
  return {{StageKind::RestoreSplit}, {StageKind::CollectEvidence}, {StageKind::DrainGreen}, {StageKind::RetireGreen}};
}

std::string_view to_string(StageKind kind) {
  switch (kind) {
    case StageKind::CheckBlue: return "check_blue";
    case StageKind::CheckScan: return "check_scan";
    case StageKind::PrepareRoute: return "prepare_route";
    case StageKind::Hook: return "hook";
    case StageKind::ReleaseCommand: return "release_command";
    case StageKind::StartGreen: return "start_green";
    case StageKind::AttachGreen: return "attach_green";
    case StageKind::SmokeGreen: return "smoke_green";
    case StageKind::Shift: return "shift";
    case StageKind::Bake: return "bake";
    case StageKind::SmokeFrontDoor: return "smoke_front_door";
    case StageKind::DrainBlue: return "drain_blue";
    case StageKind::RetireBlue: return "retire_blue";
    case StageKind::AwaitRelease: return "await_release";
    case StageKind::RestoreSplit: return "restore_split";
    case StageKind::CollectEvidence: return "collect_evidence";
    case StageKind::DrainGreen: return "drain_green";
    case StageKind::RetireGreen: return "retire_green";
  }
  std::unreachable();
}

std::string describe(const Plan& plan, const Stage& stage) {
  const auto& steps = plan.strategy.steps;
  switch (stage.kind) {
    case StageKind::CheckBlue: return "check of the alarms before the start";
    case StageKind::CheckScan: return "check of the image's scan";
    case StageKind::PrepareRoute: return "route";
    case StageKind::Hook: return fmt::format("{} hook", to_string(plan.hooks[stage.index].point));
    case StageKind::ReleaseCommand: return "release command";
    case StageKind::StartGreen: return "start of GREEN";
    case StageKind::AttachGreen: return "GREEN behind the router";
    case StageKind::SmokeGreen: return "smoke tests on GREEN";
    case StageKind::Shift:
      return fmt::format("traffic step {} of {} ({})", stage.index + 1, steps.size(),
                         steps[stage.index].weight.to_string());
    case StageKind::Bake: return fmt::format("bake at {}", steps[stage.index].weight.to_string());
    case StageKind::SmokeFrontDoor: return "smoke tests through the front door";
    case StageKind::DrainBlue: return "drain of BLUE";
    case StageKind::RetireBlue: return "stop of BLUE";
    case StageKind::AwaitRelease: return describe_barrier(plan, stage.index);
    case StageKind::RestoreSplit: return "traffic back to BLUE";
    case StageKind::CollectEvidence: return "evidence";
    case StageKind::DrainGreen: return "drain of GREEN";
    case StageKind::RetireGreen: return "stop of GREEN";
  }
  std::unreachable();
}

}  // namespace sluice::rollout
