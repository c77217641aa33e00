#include "application/targets.h"

#include <algorithm>

namespace sluice::application {

void Targets::learn(const rollout::ServiceKey& service, const rollout::Target& target) {
  const std::lock_guard lock(mutex_);
  targets_[service] = target;
}

void Targets::learn_if_new(const rollout::ServiceKey& service, const rollout::Target& target) {
  const std::lock_guard lock(mutex_);
  targets_.try_emplace(service, target);
}

Status Targets::learn(ports::Journal& journal) {
  TRY_ASSIGN(const auto live, journal.all_live());
  for (const ports::LiveService& service : live) learn(service.service, service.revision.target);
  TRY_ASSIGN(const auto queued, journal.queued());
  for (const ports::QueuedDeployment& waiting : queued) learn(waiting.plan.service, waiting.plan.green.target);
  TRY_ASSIGN(const auto ids, journal.unarchived());
  for (const std::string& id : ids) {
    TRY_ASSIGN(const auto records, journal.load(id));
    if (records.empty()) continue;
    if (const auto* started = std::get_if<rollout::Started>(&records.front().event)) {
      learn(started->plan.service, started->plan.green.target);
    }
  }
  return {};
}

rollout::Target Targets::of(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = targets_.find(service);
  return found == targets_.end() ? rollout::Target(rollout::MachineTarget{}) : found->second;
}

bool Targets::is_machine(const rollout::ServiceKey& service) const {
  return std::holds_alternative<rollout::MachineTarget>(of(service));
}

bool Targets::has_machine_services() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      targets_, [](const auto& each) { return std::holds_alternative<rollout::MachineTarget>(each.second); });
}

std::vector<rollout::ServiceKey> Targets::ecs_services() const {
  const std::lock_guard lock(mutex_);
  std::vector<rollout::ServiceKey> services;
  for (const auto& [service, target] : targets_) {
    const auto* const ecs = std::get_if<rollout::EcsTarget>(&target);
    if (ecs != nullptr && rollout::writes_weights(target)) services.push_back(service);
  }
  return services;
}

}  // namespace sluice::application
