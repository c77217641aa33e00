#include "adapters/aws/observing_router.h"

#include <fmt/format.h>

namespace sluice::aws {

ObservingRouter::ObservingRouter(Engine engine, Pause pause, ClientPool& clients, const ports::Clock& clock)
    : engine_(engine),
      pause_(pause),
      clients_(clients),
      rules_({.pause = pause, .reads_only = true}, no_copies_, clients, clock) {}

Status ObservingRouter::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::EcsTarget>(&service.target);
  if (place == nullptr || !engine_.moves(*place)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is not moved by {}", service.service.to_string(), engine_.name)};
  }
  TRY(rules_.ensure(service));
  const std::lock_guard lock(mutex_);
  places_[service.service] = *place;
  return {};
}

Result<rollout::EcsTarget> ObservingRouter::place_of(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(service);
  if (found != places_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the listener rules of {} are not known yet", service.to_string())};
}

Status ObservingRouter::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                                      const std::vector<ports::Endpoint>& own,
                                      const std::vector<ports::Endpoint>& fallback) {
  return rules_.set_endpoints(service, slot, own, fallback);
}

Result<rollout::TrafficSplit> ObservingRouter::read_split(const rollout::ServiceKey& service) {
  return rules_.read_split(service);
}

Result<ports::OpenSessions> ObservingRouter::open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) {
  return rules_.open_sessions(service, slot);
}

Status ObservingRouter::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) {
  return rules_.clear_slot(service, slot, cut);
}

Result<ObservingRouter::Entrance> ObservingRouter::entrance(const rollout::ServiceKey& service,
                                                            const rollout::Slot* slot) {
  return rules_.entrance(service, slot);
}

}  // namespace sluice::aws
