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

/// The judgement of a bake waits for the last figures of it.
Milliseconds judgement_limit(const Plan& plan) {
  const TelemetryTiming timing = telemetry_timing(plan.green.target);
  return 15s + timing.delay + timing.grain + (plan.analysis ? plan.analysis->enough.extension : 0s);
}

/// CodeDeploy moves by its own clock, and takes its time to begin.
Milliseconds shift_limit(const Plan& plan) {
  const auto* const ecs = std::get_if<EcsTarget>(&plan.green.target);
  if (ecs == nullptr || !ecs->codedeploy) return 30s;
  return ecs->codedeploy->moves.interval + kCodeDeployStart;
}

}  // namespace

Milliseconds stage_limit(const Plan& plan, const Stage& stage) {
  switch (stage.kind) {
    case StageKind::CheckBlue: return 10s;
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
    case StageKind::RetireGreen: return 120s;
    case StageKind::RestoreSplit: return 10s;
    case StageKind::CollectEvidence: return 5s;
    case StageKind::AwaitRelease: return plan.release->patience;
  }
  std::unreachable();
}

Milliseconds retry_after(const Stage& stage, int attempts) {
  const Milliseconds longest = stage.kind == StageKind::RestoreSplit ? kLongestRollbackRetry : kLongestRetry;
  Milliseconds wait = stage.kind == StageKind::RestoreSplit ? kFirstRetry / 4 : kFirstRetry;
  for (int i = 1; i < attempts && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

}  // namespace sluice::rollout
