#include "simulation/world_checker.h"

#include <algorithm>
#include <set>

#include "core/rollout/advance.h"

namespace sluice::simulation {
namespace {

using rollout::Mode;

/// Whether the traffic may have to go back to BLUE.
bool needs_blue(const rollout::State& state) {
  return state.mode == Mode::RollingBack || rollout::can_roll_back(state);
}

/// A breach that BLUE explains holds, and a write that was under way is finished first.
bool breaches_for_rollback(const application::Deployment& deployment) {
  if (!rollout::can_roll_back(deployment.state) && deployment.state.mode != Mode::RollingBack) return false;
  return std::ranges::any_of(deployment.state.plan.alarms, [&](const analysis::Alarm& alarm) {
    const auto breach = deployment.breaching.find(alarm.name);
    const bool is_greens_own = breach != deployment.breaching.end() && !breach->second;
    return alarm.then == analysis::Action::Rollback && is_greens_own &&
           !deployment.state.overruled.contains(alarm.name);
  });
}

}  // namespace

void WorldChecker::add(std::string_view rule, std::string_view what) {
  violations_.add(sight_.world.now(), rule, what);
}

const application::Deployment* WorldChecker::active(const rollout::ServiceKey& service) const {
  const application::Controller* controller = sight_.controller();
  return controller == nullptr ? nullptr : controller->active(service);
}

bool WorldChecker::strangers_fault(const rollout::ServiceKey& service) const {
  const SimulatedRouter::Routed* routed = sight_.router.find(service);
  return routed != nullptr && (routed->by_hand || sight_.world.now() < routed->strangers_hand + kStrangersFault);
}

std::string WorldChecker::revision_in(const SimulatedRouter::Routed& routed, rollout::Slot slot) const {
  const auto& own = routed.own[index_of(slot)];
  return own.empty() ? std::string() : sight_.fleet.revision_at(own.front().port);
}

void WorldChecker::on_split_asked(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  const application::Deployment* deployment = active(service);
  const auto last = asked_.find(service);
  if (deployment != nullptr && last != asked_.end() && breaches_for_rollback(*deployment)) {
    const rollout::Plan& plan = deployment->state.plan;
    const Weight before = rollout::green_share(plan, last->second);
    const Weight wanted = rollout::green_share(plan, split);
    if (wanted > before) {
      add("no rise under an alarm", fmt::format("{} is asked for {} after {} while an alarm breaches", plan.deployment,
                                                wanted.to_string(), before.to_string()));
    }
  }
  asked_[service] = split;
}

void WorldChecker::on_split_written(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  if (is_planned(service, split)) return;
  add("weights are those of a plan", fmt::format("{} got {}", service.service, to_string(split)));
}

bool WorldChecker::is_planned(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  return std::ranges::any_of(sight_.journal.records(), [&](const auto& entry) {
    const rollout::Plan& plan = states_.replayed(entry.first).plan;
    if (plan.service != service) return false;
    if (split == plan.before) return true;
    return std::ranges::any_of(plan.strategy.steps,
                               [&](const auto& step) { return split == rollout::split_for(plan, step.weight); });
  });
}

void WorldChecker::on_stop(const rollout::ServiceKey& service, const std::string& revision) {
  const application::Deployment* deployment = active(service);
  const ports::LiveService* live = sight_.journal.find_live(service);
  if (deployment == nullptr && live != nullptr && live->revision.id == revision) {
    add("what is live stays", fmt::format("{} is stopped, and serves {}", revision, service.service));
  }
  const SimulatedRouter::Routed* routed = sight_.router.find(service);
  for (const rollout::Slot slot : kSlots) {
    if (routed == nullptr || strangers_fault(service)) break;
    if (share_of(routed->split, slot) == Weight::none() || revision_in(*routed, slot) != revision) continue;
    add("stopped only without traffic",
        fmt::format("{} is stopped with {}", revision, share_of(routed->split, slot).to_string()));
  }
  if (deployment == nullptr) return;
  const rollout::Plan& plan = deployment->state.plan;
  if (plan.blue && plan.blue->id == revision && needs_blue(deployment->state)) {
    add("BLUE stays warm", fmt::format("{} is stopped while {} may have to go back", revision, plan.deployment));
  }
}

void WorldChecker::on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint at) {
  const rollout::State& state = deployment.state;
  const rollout::Plan& plan = state.plan;
  if (state.mode != Mode::Ended || state.ended_at != at || strangers_fault(plan.service)) return;
  // The keeper is still bringing the route back; BLUE is not stopped meanwhile.
  const bool blue_stopped = plan.blue && state.outcome == rollout::Outcome::Succeeded;
  if (!blue_stopped && at < sight_.router.forgot_at() + kStrangersFault) return;
  const SimulatedRouter::Routed* routed = sight_.router.find(plan.service);
  const bool succeeded = state.outcome == rollout::Outcome::Succeeded;
  const rollout::TrafficSplit wanted = succeeded ? rollout::split_for(plan, Weight::full()) : plan.before;
  if (routed == nullptr || routed->split == wanted || (!succeeded && !state.touched)) return;
  add("an end leaves the right split",
      fmt::format("{} ended {} with {}, not {}", plan.deployment, rollout::to_string(*state.outcome),
                  to_string(routed->split), to_string(wanted)));
}

void WorldChecker::inspect() {
  for (const auto& [service, routed] : sight_.router.services()) {
    if (routed.split.open && !strangers_fault(service)) inspect_traffic(routed);
  }
  inspect_leases();
  if (const auto* controller = sight_.controller()) inspect_deployments(*controller);
}

void WorldChecker::inspect_traffic(const SimulatedRouter::Routed& routed) {
  for (const rollout::Slot slot : kSlots) {
    const Weight share = share_of(routed.split, slot);
    if (share == Weight::none()) continue;
    const std::string revision = revision_in(routed, slot);
    const SimulatedFleet::Group* group = sight_.fleet.find(routed.about.service, revision);
    const std::string what = fmt::format("{} of {} goes to slot {} ({})", share.to_string(),
                                         routed.about.service.service, rollout::to_string(slot), revision);
    if (routed.cleared[index_of(slot)]) add("no traffic to a cleared slot", what);
    // Nothing there: all of it has ended, and is being started again.
    if (group == nullptr) continue;
    if (!group->was_healthy) {
      add("no traffic to what was never healthy", what);
    } else if (group->stopped) {
      add("no traffic to what was stopped", what);
    }
  }
}

void WorldChecker::inspect_leases() {
  std::set<rollout::ServiceKey> seen;
  for (const ports::Lease& lease : sight_.journal.held_leases()) {
    if (!seen.insert(lease.service).second) {
      add("one lease a service", fmt::format("{} has two", lease.service.service));
    }
    std::string& holder = holders_[lease.service];
    if (holder == lease.deployment) continue;
    holder = lease.deployment;
    int& epoch = epochs_[lease.service];
    if (lease.epoch <= epoch) {
      add("lease epochs rise", fmt::format("{} has epoch {} after {}", lease.deployment, lease.epoch, epoch));
    }
    epoch = lease.epoch;
  }
}

void WorldChecker::inspect_deployments(const application::Controller& controller) {
  std::set<rollout::ServiceKey> seen;
  for (const application::Deployment* deployment : controller.deployments()) {
    if (deployment->finished || seen.insert(deployment->state.plan.service).second) continue;
    add("one deployment a service", fmt::format("{} has two", deployment->state.plan.service.service));
  }
}

}  // namespace sluice::simulation
