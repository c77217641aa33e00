#include "adapters/aws/appconfig/router.h"

#include <fmt/format.h>

#include "adapters/aws/appconfig/flags_api.h"
#include "adapters/aws/repeatable.h"

namespace sluice::aws::appconfig {
namespace {

Error about(const rollout::FlagsTarget& place, const Error& error) {
  return {error.kind, fmt::format("{}: {}", describe_place(place), error.message)};
}

SlotVersion slot_version(const ports::Endpoint& endpoint) {
  const std::size_t space = endpoint.address.find(' ');
  if (space == std::string::npos) return {.version = endpoint.address, .revision = {}};
  return {.version = endpoint.address.substr(0, space), .revision = endpoint.address.substr(space + 1)};
}

Error under_way(const FlagHistory& history, int number) {
  for (const FlagDeployment& deployment : history.deployments) {
    if (deployment.number != number) continue;
    return {ErrorKind::Unavailable,
            fmt::format("its deployment {} of version {} is {}, and {}% of the clients have it", number,
                        deployment.version, to_string(deployment.state), deployment.percentage)};
  }
  return {ErrorKind::Unavailable, fmt::format("its deployment {} is under way", number)};
}

Result<rollout::Slot> slot_in(const rollout::TrafficSplit& split) {
  if (split.open && split.slot_b == Weight::full()) return rollout::Slot::B;
  if (split.open && split.slot_b == Weight::none()) return rollout::Slot::A;
  return Error{ErrorKind::InvalidInput,
               split.open
                   ? fmt::format("AppConfig divides the clients by its deployment strategy, and cannot give {} of "
                                 "them another version",
                                 split.slot_b.to_string())
                   : std::string("a configuration profile cannot be without a version again")};
}

}  // namespace

Result<rollout::FlagsTarget> Router::known(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(service);
  if (found != places_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the place of the flags {} is not known yet", service.to_string())};
}

Status Router::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::FlagsTarget>(&service.target);
  if (place == nullptr) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} are no flags", service.service.to_string())};
  }
  TRY(histories_.now(service.service, *place, Priority::Urgent));
  const std::lock_guard lock(mutex_);
  places_[service.service] = *place;
  return {};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                             const std::vector<ports::Endpoint>& own, const std::vector<ports::Endpoint>& fallback) {
  TRY_ASSIGN(FlagSlots slots, notes_.slots(service));
  const FlagSlots before = slots;
  if (!own.empty()) slots.of(slot) = slot_version(own.front());
  if (!fallback.empty()) slots.of(rollout::other(slot)) = slot_version(fallback.front());
  if (slots == before) return {};
  if (slots.of(slot) != before.of(slot)) {
    TRY_ASSIGN(const rollout::FlagsTarget place, known(service));
    TRY_ASSIGN(const FlagHistory history, histories_.now(service, place, Priority::Urgent));
    slots.green = slot;
    slots.since = history.newest;
  }
  return notes_.note_slots(service, slots);
}

/// A call that was refused since the world has moved, or that nobody answered, is made again after the next look.
Result<bool> Router::carry_out(const rollout::ServiceKey& service, const FlagsApi& api, const FlagSlots& slots,
                               const FlagHistory& history, rollout::Slot wanted) {
  struct Visitor {
    Router& self;
    const rollout::ServiceKey& service;
    const FlagsApi& api;
    const FlagSlots& slots;
    const FlagHistory& history;
    rollout::Slot wanted;

    Result<bool> operator()(const Reached&) const { return true; }
    Result<bool> operator()(const StillUnderWay& it) const { return under_way(history, it.number); }
    Result<bool> operator()(const StartOf& it) const { return start(it.version, it.is_way_back); }
    Result<bool> operator()(const StopOf& it) const {
      self.histories_.forget(service);
      const Status stopped = api.stop(it.number);
      if (stopped || stopped.error().kind == ErrorKind::UnknownOutcome) return false;
      if (stopped.error().kind != ErrorKind::InvalidInput) return stopped.error();
      // It can be reverted for 72 hours, and stopped until it ends; after that only another deployment helps. Unless
      // it has been taken back since the last look.
      TRY_ASSIGN(const FlagHistory now, self.histories_.now(service, api.place(), Priority::Urgent));
      const FlagMove next = next_move(now, slots, wanted);
      const auto* const again = std::get_if<StopOf>(&next);
      if (again == nullptr || again->number != it.number) return false;
      return start(slots.of(wanted).version, true);
    }
    Result<bool> operator()(const TakenBack& it) const {
      const auto why = api.end_of(it.number);
      return Error{ErrorKind::Failed, fmt::format("AppConfig has taken its deployment {} back: {}", it.number,
                                                  why ? *why : why.error().message)};
    }
    Result<bool> operator()(const SomebodyElse& it) const {
      return Error{
          ErrorKind::Conflict,
          fmt::format("somebody else has deployed version {} (deployment {}), and those of this service are {} "
                      "and {}. Deploy the one that was in force before, or stop that deployment",
                      it.version, it.number, slots.versions[0].version, slots.versions[1].version)};
    }
    Result<bool> start(const std::string& version, bool is_way_back) const {
      self.histories_.forget(service);
      const std::string strategy = is_way_back ? std::string(rollout::kFastestStrategy) : api.place().strategy;
      const std::string description = fmt::format("sluice {} {}", service.to_string(), slots.of(wanted).revision);
      Status started = api.start(version, strategy, description, history.newest);
      if (!started && started.error().kind == ErrorKind::Conflict) started.error().kind = ErrorKind::Unavailable;
      TRY(repeatable(std::move(started)));
      return false;
    }
  };
  return std::visit(Visitor{*this, service, api, slots, history, wanted}, next_move(history, slots, wanted));
}

Result<bool> Router::go_on(const rollout::ServiceKey& service, const FlagsApi& api, rollout::Slot wanted) {
  TRY_ASSIGN(const FlagSlots slots, notes_.slots(service));
  if (slots.of(wanted).version.empty()) {
    return Error{ErrorKind::NotFound, "the version that is to be given to the clients is not known yet"};
  }
  TRY_ASSIGN(const FlagHistory history, histories_.now(service, api.place(), Priority::Urgent));
  return carry_out(service, api, slots, history, wanted);
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::FlagsTarget place, known(service));
  const auto wanted = slot_in(split);
  if (!wanted) return about(place, wanted.error());
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const FlagsApi api(*client, place);
  TRY_ASSIGN(const FlagSlots slots, notes_.slots(service));
  const int looks = *wanted == slots.green ? 1 : kReadBacks;
  for (int look = 1;; ++look) {
    const auto reached = go_on(service, api, *wanted);
    if (reached && *reached) return {};
    const bool may_soon_be = reached || reached.error().kind == ErrorKind::Unavailable;
    if (!may_soon_be || (!reached && look == looks)) return about(place, reached.error());
    if (look == looks) return about(place, Error{ErrorKind::Unavailable, "AppConfig was asked for it, and is at it"});
    TRY(pause_(kPause, {}));
  }
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const rollout::FlagsTarget place, known(service));
  TRY_ASSIGN(const FlagHistory history, histories_.recent(service, place));
  TRY_ASSIGN(const FlagSlots slots, notes_.slots(service));
  auto split = split_of(history, slots);
  if (!split) return about(place, split.error());
  return split;
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey&, rollout::Slot) {
  return ports::OpenSessions{};
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool /*cut*/) {
  TRY_ASSIGN(const rollout::FlagsTarget place, known(service));
  TRY_ASSIGN(const FlagHistory history, histories_.now(service, place));
  TRY_ASSIGN(FlagSlots slots, notes_.slots(service));
  const auto split = split_of(history, slots);
  if (!split) return about(place, split.error());
  const bool is_slot_b = split->slot_b == Weight::full();
  if (is_slot_b == (slot == rollout::Slot::B)) {
    return about(place, Error{ErrorKind::Conflict, fmt::format("version {} is in force again: somebody else has "
                                                               "deployed it",
                                                               slots.of(slot).version)});
  }
  slots.of(slot) = {};
  return notes_.note_slots(service, slots);
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey&, const rollout::Slot*) {
  return Error{ErrorKind::InvalidInput, "flags answer no requests"};
}

}  // namespace sluice::aws::appconfig
