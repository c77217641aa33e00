// How the controller takes up what the journal says after a start, and what it leaves in the journal at an end.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "application/controller.h"

namespace sluice::application {
namespace {

using rollout::Mode;

constexpr Milliseconds kLeftoverInterval{30'000};

ports::DeploymentSummary summary_of_plan(const rollout::Plan& plan) {
  ports::DeploymentSummary summary;
  summary.deployment = plan.deployment;
  summary.service = plan.service;
  summary.revision = plan.green.id;
  summary.label = plan.green.label;
  summary.image = plan.green.image;
  if (plan.blue) summary.previous_revision = plan.blue->id;
  summary.requested_by = plan.requested_by;
  return summary;
}

ports::DeploymentSummary summary_of(const rollout::State& state) {
  ports::DeploymentSummary summary = summary_of_plan(state.plan);
  summary.outcome = *state.outcome;
  if (state.cause) {
    summary.cause_kind = rollout::to_string(state.cause->kind);
    summary.cause = state.cause->sentence;
  }
  summary.started_at = state.started_at;
  summary.full_at = state.full_at;
  summary.restored_at = state.restored_at;
  summary.ended_at = *state.ended_at;
  return summary;
}

}  // namespace

Status Controller::recover() {
  TRY_ASSIGN(const auto ids, ports_.journal.unarchived());
  TRY(replay_all(ids));
  TRY(line_up());
  if (keeping_ == Keeping::WhatServes) {
    TRY_ASSIGN(const auto live, ports_.journal.all_live());
    for (const ports::LiveService& service : live) {
      if (active(service.service) == nullptr) restore_live(service);
    }
  }
  for (const std::string& id : ids) resume(id);
  look_for_leftovers();
  return {};
}

Status Controller::take_up_more() {
  TRY_ASSIGN(auto ids, ports_.journal.unarchived());
  std::erase_if(ids, [this](const std::string& id) { return deployments_.contains(id); });
  if (const Status replayed = replay_all(ids); !replayed) {
    for (const std::string& id : ids) deployments_.erase(id);  // all of them the next time
    return replayed;
  }
  TRY(line_up());
  for (const std::string& id : ids) resume(id);
  return {};
}

void Controller::lose(const std::string& why) {
  keeps_ = false;
  for (auto& [id, deployment] : deployments_) {
    for (auto& [token, stop] : deployment->running) stop.request_stop();
    for (const auto& observer : std::vector(observers_)) observer->on_lost(id, why);
  }
  for (const auto& [service, plan] : queued_) {
    for (const auto& observer : std::vector(observers_)) observer->on_lost(plan.deployment, why);
  }
}

Status Controller::replay_all(const std::vector<std::string>& ids) {
  TRY_ASSIGN(const auto leases, ports_.journal.leases());
  for (const std::string& id : ids) {
    TRY(replay(id));
    // The lease goes with the summary: an ended deployment without one has nothing to settle but its messages.
    Deployment& deployment = *deployments_.at(id);
    const bool holds_lease = std::ranges::find(leases, id, &ports::Lease::deployment) != leases.end();
    deployment.finished = deployment.state.mode == Mode::Ended && !holds_lease;
  }
  return {};
}

/// Those that wait for their turn.
Status Controller::line_up() {
  TRY_ASSIGN(auto queued, ports_.journal.queued());
  for (ports::QueuedDeployment& waiting : queued) {
    const rollout::ServiceKey service = waiting.plan.service;
    queued_.emplace(service, std::move(waiting.plan));
    begin_queued_soon(service, Milliseconds{0});  // when nobody has the service any more
  }
  return {};
}

Status Controller::replay(const std::string& id) {
  TRY_ASSIGN(const auto records, ports_.journal.load(id));
  auto deployment = std::make_unique<Deployment>();
  for (const ports::JournalRecord& record : records) {
    const auto* started = std::get_if<rollout::Started>(&record.event);
    deployment->state = (started != nullptr ? rollout::start(*started, record.at)
                                            : rollout::advance(deployment->state, record.event, record.at))
                            .state;
    deployment->next_sequence = record.sequence + 1;
  }
  deployment->taken_up = false;
  deployments_.emplace(id, std::move(deployment));
  return {};
}

void Controller::restore_live(const ports::LiveService& service) {
  KeptService kept;
  kept.routed = {service.service,
                 service.front_door.listen,
                 {service.front_door.host, service.front_door.path},
                 service.revision.health};
  kept.routed.target = service.revision.target;
  kept.sides = {{service.revision, service.slot, std::nullopt}};
  kept.split = {true, service.slot == rollout::Slot::B ? Weight::full() : Weight::none()};
  restore(kept, [this, kept] {
    if (active(kept.routed.service) == nullptr) keeper_.keep(kept);  // what failed is tried again at every look
  });
}

void Controller::restore(const KeptService& kept, std::function<void()> then) {
  ++restoring_;
  keeper_.restore(kept, [this, name = kept.routed.service.to_string(), then = std::move(then)](const Status& status) {
    if (!status) recovery_problems_.push_back(fmt::format("{}: {}", name, status.error().message));
    then();
    if (--restoring_ > 0) return;
    for (const auto& call : std::exchange(when_recovered_, {})) call();
  });
}

void Controller::when_recovered(std::function<void()> call) {
  if (restoring_ == 0) return call();
  when_recovered_.push_back(std::move(call));
}

void Controller::try_again(std::function<void()> call) {
  keeper_.try_again([this, call = std::move(call)] {
    recovery_problems_.clear();
    if (const auto live = ports_.journal.all_live()) {
      for (const ports::LiveService& service : *live) {
        const std::string problem = keeper_.problem(service.service);
        if (!problem.empty()) recovery_problems_.push_back(service.service.to_string() + ": " + problem);
      }
    }
    call();
  });
}

void Controller::stop_keeping(const std::function<void()>& done) {
  keeps_ = false;
  keeper_.stop(done);
}

/// Replicas that no live service and no deployment knows: left behind by a crash, or by a stop that did not succeed in
/// time.
void Controller::look_for_leftovers() {
  auto there = std::make_shared<Result<Leftovers>>(Leftovers{});
  const bool may_be_its_own =
      std::ranges::any_of(deployments_, [](const auto& each) { return !each.second->finished; });
  if (keeping_ == Keeping::ItsOwn && !may_be_its_own) return look_for_leftovers_later();
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), there] {
        if (alive.lock()) *there = ports_.fleet.list();
      },
      [weak = std::weak_ptr(self_), there] {
        const auto self = weak.lock();
        if (!self) return;
        if (*there) (*self)->stop_leftovers(**there);
        (*self)->look_for_leftovers_later();
      });
}

void Controller::look_for_leftovers_later() {
  ports_.executor.at(ports_.clock.now() + kLeftoverInterval, [weak = std::weak_ptr(self_)] {
    if (const auto again = weak.lock()) (*again)->look_for_leftovers();
  });
}

void Controller::stop_leftovers(const Leftovers& there) {
  for (const auto& name : there) {
    if (is_known(name.first, name.second) || !leftovers_.insert(name).second) continue;
    ports_.executor.run(
        ports::Executor::Lane::Ordinary,
        [this, alive = std::weak_ptr(self_), name] {
          if (alive.lock()) (void)ports_.fleet.stop(name.first, name.second, Milliseconds{10'000});
        },
        [weak = std::weak_ptr(self_), name] {
          if (const auto self = weak.lock()) (*self)->leftovers_.erase(name);
        });
  }
}

/// Whether anybody may need the revision. When the journal cannot tell: yes. So it is where others may deploy the
/// service, which they cannot while a deployment of it is under way here.
bool Controller::is_known(const rollout::ServiceKey& service, const std::string& revision) const {
  if (keeping_ == Keeping::ItsOwn && active(service) == nullptr) return true;
  const auto is_it = [&](const rollout::Plan& plan) {
    return plan.service == service && (plan.green.id == revision || (plan.blue && plan.blue->id == revision));
  };
  for (const auto& [id, deployment] : deployments_) {
    if (!deployment->finished && is_it(deployment->state.plan)) return true;
  }
  for (const auto& [key, entry] : queued_) {
    if (is_it(entry)) return true;
  }
  const auto live = ports_.journal.live(service);
  return !live || (*live && (*live)->revision.id == revision);
}

Status Controller::write_summary(const rollout::State& state) const {
  const ports::LiveService live{state.plan.service, state.plan.green, state.plan.green_slot, state.plan.front_door};
  const bool succeeded = state.outcome == rollout::Outcome::Succeeded;
  return ports_.journal.finish(summary_of(state), succeeded ? &live : nullptr);
}

/// The world first (replicas, endpoints, split as the state wants them), then the deployment goes on. A rollback whose
/// weights are not back yet waits for nothing: they go first.
void Controller::resume(const std::string& id) {
  const Deployment& deployment = *deployments_.at(id);
  const auto stage = rollout::current_stage(deployment.state);
  const bool weights_first = stage && stage->kind == rollout::StageKind::RestoreSplit;
  if (deployment.finished || weights_first) return take_up(id);
  KeptService wanted = kept_service(deployment);
  wanted.corrects_split = true;  // nobody else writes it until the deployment is taken up
  restore(wanted, [this, id] { take_up(id); });
}

void Controller::take_up(const std::string& id) {
  if (Deployment* deployment = lookup(id); deployment != nullptr && deployment->state.mode != Mode::Ended) {
    const auto kept = ports_.journal.progress(id);
    deployment->traffic = TrafficWatch::create(deployment->state.plan, kept.value_or(std::nullopt), ports_.clock.now());
    if (deployment->traffic) OwnMetrics::begin(deployment->state.plan, ports_.telemetry, ports_.service_log);
  }
  Deployment& taken = *deployments_.at(id);
  taken.taken_up = true;
  taken.is_resumed = true;
  if (taken.state.plan.release) {
    // When its release stands already, that goes before what anybody says.
    const auto moves = rollout::moves(*taken.state.plan.release, standings(*taken.state.plan.release));
    if (std::ranges::find(moves.go_on, id) != moves.go_on.end()) {
      taken.passed = taken.state.in_flight->token;
      taken.unwritten.push_front({rollout::EffectSucceeded{taken.passed, {}}, {}});
    }
  }
  taken.unwritten.push_front({rollout::Recovered{}, {}});  // before what was said meanwhile
  write_next(id);
  // Also when nothing followed from it (a hold goes on): its deadline and its watch are new with this process.
  Deployment* const deployment = lookup(id);
  if (deployment == nullptr) return;
  after_change(*deployment);
  supersede(*deployment);  // it may not have heard it
}

/// One that waited for its turn and cannot begin has an end with a reason, as every other.
Status Controller::give_up_queued(const rollout::Plan& plan, const Error& error) {
  ports::DeploymentSummary summary = summary_of_plan(plan);
  TRY_ASSIGN(const auto live, ports_.journal.live(plan.service));
  if (live) summary.previous_revision = live->revision.id;
  summary.outcome = rollout::Outcome::FailedBeforeTraffic;
  summary.cause_kind = rollout::to_string(rollout::CauseKind::Start);
  summary.cause = "it cannot begin: " + error.message;
  summary.started_at = summary.ended_at = ports_.clock.now();
  return ports_.journal.give_up(summary);
}

}  // namespace sluice::application
