#include "simulation/saboteur.h"

#include <algorithm>

#include "core/rollout/advance.h"

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;
using rollout::Mode;

constexpr Milliseconds kPatience{10};

bool breaches(const application::Deployment& deployment) {
  return std::ranges::any_of(deployment.state.plan.alarms, [&](const analysis::Alarm& alarm) {
    return alarm.then == analysis::Action::Rollback && deployment.breaching.contains(alarm.name);
  });
}

}  // namespace

void Saboteur::begin() {
  if (stage_.world.sabotage == Sabotage::None) return;
  stage_.world.executor.in_world(stage_.world.now() + kPatience, [this] { look(); });
}

void Saboteur::look() {
  begin();
  const application::Controller* controller = stage_.controller();
  if (controller == nullptr) return;
  for (const auto& [id, records] : stage_.journal.records()) {
    const application::Deployment* deployment = controller->find(id);
    if (deployment != nullptr && !deployment->finished) sabotage(deployment->state, *deployment);
  }
  for (const auto& [service, routed] : stage_.router.services()) {
    const ports::LiveService* live = stage_.journal.find_live(service);
    if (live != nullptr && controller->active(service) == nullptr) sabotage_idle(*live);
  }
}

void Saboteur::sabotage(const rollout::State& state, const application::Deployment& deployment) {
  const rollout::Plan& plan = state.plan;
  const auto stage = rollout::current_stage(state);
  const bool attached = stage && stage->kind == rollout::StageKind::SmokeGreen && !state.touched;
  switch (stage_.world.sabotage) {
    case Sabotage::StopBlueEarly:
      if (plan.blue && state.full_at && stage && stage->kind == rollout::StageKind::Bake) {
        stage_.fleet.stop_at_once(plan.service, plan.blue->id);
      }
      return;
    case Sabotage::StopWithTraffic:
      if (state.watched_since && state.mode == Mode::Forward) stage_.fleet.stop_at_once(plan.service, plan.green.id);
      return;
    case Sabotage::StopBeforeTraffic:
      if (!attached) return;
      stage_.fleet.stop_at_once(plan.service, plan.green.id);
      return stage_.router.set_split_at_once(plan.service, rollout::split_for(plan, plan.strategy.steps.back().weight));
    case Sabotage::RaiseUnderAlarm:
      if (state.mode == Mode::RollingBack && breaches(deployment)) {
        stage_.router.set_split_at_once(plan.service, rollout::split_for(plan, Weight::full()));
      }
      return;
    case Sabotage::GrantTwoLeases: {
      rollout::Plan second = plan;
      second.deployment.back() = 'x';
      if (!stage_.journal.records().contains(second.deployment)) {
        (void)stage_.journal.begin({second}, stage_.world.now(), "somebody");
      }
      return;
    }
    default: return;
  }
}

void Saboteur::sabotage_idle(const ports::LiveService& live) {
  if (stage_.world.sabotage == Sabotage::StopLive) stage_.fleet.stop_at_once(live.service, live.revision.id);
  if (stage_.world.sabotage != Sabotage::RouteToCleared) return;
  const rollout::Slot other = rollout::other(live.slot);
  if (!stage_.router.find(live.service)->cleared[index_of(other)]) return;
  const bool other_is_b = other == rollout::Slot::B;
  stage_.router.set_split_at_once(live.service, {true, other_is_b ? Weight::full() : Weight::none()});
}

}  // namespace sluice::simulation
