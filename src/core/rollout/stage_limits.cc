#include "core/rollout/stage_limits.h"

#include <algorithm>
#include <utility>

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;

Milliseconds smoke_limit(const Plan& plan) {
  Milliseconds sum = 5s;
  for (const SmokeTest& test : plan.smoke) sum += (test.within.value_or(10s) + 1s) * (test.retries + 1);
  return sum;
}

/// How long the target itself may take for a traffic step: the step is made when it has ended.
Milliseconds growth(const Plan& plan) {
  const auto* flags = std::get_if<FlagsTarget>(&plan.green.target);
  return flags == nullptr ? 0ms : flags->within;
}

/// The judgement of a bake waits for the last figures of it.
Milliseconds judgement_limit(const Plan& plan) {
  const TelemetryTiming timing = telemetry_timing(plan.green.target);
  return 15s + timing.delay + timing.grain + (plan.analysis ? plan.analysis->enough.extension : 0s);
}

const EcsTarget* moved_by_others(const Plan& plan) {
  const auto* const ecs = std::get_if<EcsTarget>(&plan.green.target);
  return ecs != nullptr && !writes_weights(plan.green.target) ? ecs : nullptr;
}

/// CodeDeploy and AppConfig move by their own clocks; the former, and ECS itself, take their time to begin.
Milliseconds shift_limit(const Plan& plan) {
  if (growth(plan) > 0ms) return 30s + growth(plan);
  const EcsTarget* const ecs = moved_by_others(plan);
  if (ecs == nullptr) return 30s;
  return kCodeDeployStart + (ecs->codedeploy ? ecs->codedeploy->moves.interval : 0ms);
}

/// ECS ends a colour's tasks within its deployment, which drains their targets first: five minutes where nobody says
/// otherwise ("Deregistration delay", Elastic Load Balancing's user guide). Until then no other can begin.
Milliseconds retire_limit(const Plan& plan) {
  const EcsTarget* const ecs = moved_by_others(plan);
  return ecs != nullptr && ecs->native ? 10min : 2min;
}

}  // namespace

Milliseconds stage_limit(const Plan& plan, const Stage& stage) {
  switch (stage.kind) {
    case StageKind::CheckBlue: return 10s;
    case StageKind::CheckScan: return plan.scan_gate->within + 60s;  // a minute for the last look
    case StageKind::PrepareRoute: return 60s;
    case StageKind::Hook: return plan.hooks[stage.index].within + 5s;
    case StageKind::ReleaseCommand: return plan.release_within + 5s;
    case StageKind::StartGreen: return plan.green.health.within + 60s;  // a minute for the image
    case StageKind::AttachGreen: return 60s;
    case StageKind::SmokeGreen:
    case StageKind::SmokeFrontDoor: return smoke_limit(plan);
    case StageKind::Shift: return shift_limit(plan);
    case StageKind::Bake: return judgement_limit(plan);
    case StageKind::DrainBlue:
    case StageKind::DrainGreen: return std::max(plan.strategy.drain, plan.strategy.drain_websockets) + 10s;
    case StageKind::RetireBlue:
    case StageKind::RetireGreen: return retire_limit(plan);
    case StageKind::RestoreSplit: return 10s;
    case StageKind::CollectEvidence: return 5s;
    case StageKind::AwaitRelease: return plan.release->patience;
  }
  std::unreachable();
}

Milliseconds retry_after(const Plan& plan, const Stage& stage, int attempts) {
  Milliseconds longest = kLongestRetry;
  if (stage.kind == StageKind::RestoreSplit) longest = kLongestRollbackRetry;
  if (stage.kind == StageKind::Shift && growth(plan) > 0ms) longest = kLongestGrowthRetry;
  Milliseconds wait = stage.kind == StageKind::RestoreSplit ? kFirstRetry / 4 : kFirstRetry;
  for (int i = 1; i < attempts && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace sluice::rollout
