// How the controller takes up what the journal says after a start, and what it leaves in the journal at an end.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "application/controller.h"

namespace sluice::application {
namespace {

using rollout::Mode;

ports::DeploymentSummary summary_of(const rollout::State& state) {
  ports::DeploymentSummary summary;
  summary.deployment = state.plan.deployment;
  summary.service = state.plan.service;
  summary.revision = state.plan.green.id;
  summary.label = state.plan.green.label;
  summary.image = state.plan.green.image;
  if (state.plan.blue) summary.previous_revision = state.plan.blue->id;
  summary.requested_by = state.plan.requested_by;
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
  for (const std::string& id : ids) {
    TRY(replay(id));
  }
  TRY_ASSIGN(const auto live, ports_.journal.all_live());
  for (const ports::LiveService& service : live) {
    if (active(service.service) == nullptr) restore_live(service);
  }
  for (const std::string& id : ids) resume(id);
  stop_leftovers(live);
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
  if (deployment->state.mode == Mode::Ended) {
    TRY(write_summary(deployment->state));
    deployment->finished = true;
  }
  deployments_.emplace(id, std::move(deployment));
  return {};
}

void Controller::restore_live(const ports::LiveService& service) {
  KeptService kept;
  kept.routed = {service.service,
                 service.front_door.listen,
                 {service.front_door.host, service.front_door.path},
                 service.revision.health};
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

/// Replicas that no live service and no deployment knows: left behind by a crash.
void Controller::stop_leftovers(const std::vector<ports::LiveService>& live) {
  std::set<std::pair<rollout::ServiceKey, std::string>> known;
  for (const ports::LiveService& service : live) known.emplace(service.service, service.revision.id);
  for (const auto& [id, deployment] : deployments_) {
    const rollout::Plan& plan = deployment->state.plan;
    known.emplace(plan.service, plan.green.id);
    if (plan.blue) known.emplace(plan.service, plan.blue->id);
  }
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), known] {
        const auto self = alive.lock();
        const auto there =
            self ? ports_.fleet.list() : Result<std::vector<std::pair<rollout::ServiceKey, std::string>>>{};
        if (!there) return;
        for (const auto& [service, revision] : *there) {
          if (!known.contains({service, revision})) (void)ports_.fleet.stop(service, revision, Milliseconds{10'000});
        }
      },
      [] {});
}

Status Controller::write_summary(const rollout::State& state) const {
  const ports::LiveService live{state.plan.service, state.plan.green, state.plan.green_slot, state.plan.front_door};
  const bool succeeded = state.outcome == rollout::Outcome::Succeeded;
  return ports_.journal.finish(summary_of(state), succeeded ? &live : nullptr);
}

/// The world first (replicas, endpoints, split as the state wants them), then the deployment goes on. A rollback waits
/// for nothing: its weights go first.
void Controller::resume(const std::string& id) {
  Deployment& deployment = *deployments_.at(id);
  if (deployment.state.mode == Mode::Ended || deployment.state.mode == Mode::RollingBack) {
    return submit(id, rollout::Recovered{});
  }
  restore(kept_service(deployment), [this, id] { submit(id, rollout::Recovered{}); });
}

}  // namespace sluice::application
