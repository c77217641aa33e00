#include "simulation/simulated_router.h"

#include <algorithm>

namespace sluice::simulation {
namespace {

constexpr Milliseconds kProbeWithin{2'000};
constexpr Milliseconds kProbePause{100};

}  // namespace

std::string to_string(const rollout::TrafficSplit& split) {
  return split.open ? "b=" + split.slot_b.to_string() : "closed";
}

template <typename Act>
auto SimulatedRouter::reach(std::string_view what, Act act) -> decltype(act()) {
  return call(world_, what, [&]() -> decltype(act()) {
    if (world_.now() < refuses_until_) return Error{ErrorKind::Unavailable, "the router's socket refuses"};
    return act();
  });
}

Result<SimulatedRouter::Routed*> SimulatedRouter::known(const rollout::ServiceKey& service) {
  const auto entry = services_.find(service);
  if (entry != services_.end()) return &entry->second;
  return Error{ErrorKind::NotFound, fmt::format("the router does not know {}", service.to_string())};
}

Status SimulatedRouter::ensure(const ports::RoutedService& service) {
  return reach("the route", [&]() -> Status {
    for (const auto& [other, routed] : services_) {
      const bool same = routed.about.listen == service.listen && routed.about.route == service.route;
      if (other == service.service || !same) continue;
      return Error{ErrorKind::Conflict, fmt::format("{} has the route already", other.to_string())};
    }
    services_[service.service].about = service;
    return {};
  });
}

Status SimulatedRouter::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                                      const std::vector<ports::Endpoint>& own,
                                      const std::vector<ports::Endpoint>& fallback) {
  TRY_ASSIGN(const Routed* const before, known(service));
  const std::vector<ports::Endpoint> there = before->own[index_of(slot)];
  for (const auto& endpoint : own) {
    if (std::ranges::find(there, endpoint) == there.end()) TRY(probe(endpoint));
  }
  return reach("the endpoints", [&]() -> Status {
    TRY_ASSIGN(Routed* const routed, known(service));
    routed->own[index_of(slot)] = own;
    routed->fallback[index_of(slot)] = fallback;
    routed->cleared[index_of(slot)] = false;
    world_.note(fmt::format("{} slot {} has {} endpoints and {} to fall back on", service.service,
                            rollout::to_string(slot), own.size(), fallback.size()));
    return {};
  });
}

/// Only what answers is put in.
Status SimulatedRouter::probe(const ports::Endpoint& endpoint) {
  for (const TimePoint until = world_.now() + kProbeWithin; !fleet_.answers(endpoint.port);) {
    if (world_.now() >= until) {
      return Error{ErrorKind::Unavailable, fmt::format("{}:{} does not answer", endpoint.address, endpoint.port)};
    }
    world_.executor.pause(kProbePause);
  }
  return {};
}

Status SimulatedRouter::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  if (world_.observer != nullptr) world_.observer->on_split_asked(service, split);
  TRY(reach("the split", [&]() -> Status {
    TRY_ASSIGN(Routed* const routed, known(service));
    return write(*routed, split);
  }));
  if (world_.sabotage == Sabotage::LoseRestoreWrite) return {};
  TRY_ASSIGN(const rollout::TrafficSplit read, read_split(service));
  if (read == split) return {};
  return Error{ErrorKind::UnknownOutcome, fmt::format("read back {}, not {}", to_string(read), to_string(split))};
}

Status SimulatedRouter::write(Routed& routed, const rollout::TrafficSplit& split) {
  if (world_.sabotage == Sabotage::DeafRouter) return Error{ErrorKind::Unavailable, "the router does not listen"};
  const bool whole = !split.open || split.slot_b == Weight::none() || split.slot_b == Weight::full();
  if (world_.sabotage == Sabotage::LoseRestoreWrite && whole && routed.split.open && routed.split != split) return {};
  rollout::TrafficSplit written = split;
  if (world_.sabotage == Sabotage::WriteStrayWeight && !whole) written.slot_b = *Weight::from_basis_points(3333);
  if (routed.split != written) {
    world_.note(
        fmt::format("{} split {} (was {})", routed.about.service.service, to_string(written), to_string(routed.split)));
  }
  routed.split = written;
  routed.by_hand = false;
  if (world_.observer != nullptr) world_.observer->on_split_written(routed.about.service, written);
  return {};
}

Result<rollout::TrafficSplit> SimulatedRouter::read_split(const rollout::ServiceKey& service) {
  return reach("a look at the split", [&]() -> Result<rollout::TrafficSplit> {
    TRY_ASSIGN(const Routed* const routed, known(service));
    return routed->split;
  });
}

Result<ports::OpenSessions> SimulatedRouter::open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) {
  return reach("the open sessions", [&]() -> Result<ports::OpenSessions> {
    TRY_ASSIGN(const Routed* const routed, known(service));
    if (routed->cleared[index_of(slot)]) return ports::OpenSessions{};
    const bool busy = share_of(routed->split, slot) != Weight::none();
    const bool lingers = never_drains_ || world_.chance.happens(0.6);
    if (!busy && !lingers) return ports::OpenSessions{};
    const long websockets = world_.chance.between(1, 3);
    return ports::OpenSessions{world_.chance.between(1, 20) + websockets, websockets};
  });
}

Status SimulatedRouter::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool) {
  return reach("the clearing of a slot", [&]() -> Status {
    TRY_ASSIGN(Routed* const routed, known(service));
    if (share_of(routed->split, slot) != Weight::none()) {
      return Error{ErrorKind::Conflict, fmt::format("slot {} has a share of the traffic", rollout::to_string(slot))};
    }
    // The other slot may not fall back on what is about to end.
    const auto& leaving = routed->own[index_of(slot)];
    std::erase_if(routed->fallback[index_of(rollout::other(slot))],
                  [&](const auto& endpoint) { return std::ranges::find(leaving, endpoint) != leaving.end(); });
    routed->own[index_of(slot)].clear();
    routed->fallback[index_of(slot)].clear();
    routed->cleared[index_of(slot)] = true;
    world_.note(fmt::format("{} slot {} is cleared", service.service, rollout::to_string(slot)));
    return {};
  });
}

Result<ports::TrafficRouter::Entrance> SimulatedRouter::entrance(const rollout::ServiceKey& service,
                                                                 const rollout::Slot* slot) {
  return reach("the entrance", [&]() -> Result<Entrance> {
    TRY(known(service));
    Entrance entrance{"http://" + service.service, {}};
    if (slot != nullptr) entrance.headers.emplace_back(kSlotHeader, rollout::to_string(*slot));
    return entrance;
  });
}

const SimulatedRouter::Routed* SimulatedRouter::find(const rollout::ServiceKey& service) const {
  const auto entry = services_.find(service);
  return entry == services_.end() ? nullptr : &entry->second;
}

const SimulatedRouter::Routed* SimulatedRouter::find_host(const std::string& host) const {
  for (const auto& [service, routed] : services_) {
    if (service.service == host) return &routed;
  }
  return nullptr;
}

void SimulatedRouter::set_split_at_once(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  const auto entry = services_.find(service);
  if (entry == services_.end()) return;
  world_.observer->on_split_asked(service, split);
  (void)write(entry->second, split);
}

void SimulatedRouter::forget() {
  services_.clear();
  forgot_at_ = world_.now();
}

void SimulatedRouter::set_split_by_hand(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  const auto entry = services_.find(service);
  if (entry == services_.end()) return;
  entry->second.split = split;
  entry->second.strangers_hand = world_.now();
  entry->second.by_hand = true;
  world_.note(fmt::format("fault: a stranger sets the split of {} to {}", service.service, to_string(split)));
}

}  // namespace sluice::simulation
