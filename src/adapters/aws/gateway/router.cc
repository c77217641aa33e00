#include "adapters/aws/gateway/router.h"

#include <fmt/format.h>

#include "adapters/aws/gateway/gateway_api.h"

namespace sluice::aws::gateway {
namespace {

Error about_stage(const rollout::GatewayTarget& place, const Error& error) {
  return {error.kind, fmt::format("{}: {}", describe_place(place), error.message)};
}

}  // namespace

Status Router::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::GatewayTarget>(&service.target);
  if (place == nullptr) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is no gateway", service.service.to_string())};
  }
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  TRY(GatewayApi(*client, *place).stage(Priority::Urgent, {}));
  const std::lock_guard lock(mutex_);
  places_[service.service] = *place;
  return {};
}

Result<rollout::GatewayTarget> Router::known(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(service);
  if (found != places_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the stage of {} is not known yet", service.to_string())};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                             const std::vector<ports::Endpoint>& own, const std::vector<ports::Endpoint>& fallback) {
  if (!own.empty()) TRY(slots_.note(service, slot, own.front().address));
  if (!fallback.empty()) TRY(slots_.note(service, rollout::other(slot), fallback.front().address));
  return {};
}

Status Router::read_back(const GatewayApi& api, const std::string& wanted) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const Stage stage, api.stage(Priority::Urgent, {}));
    if (stage.deployment == wanted) return {};
    if (attempt == kReadBacks) {
      return Error{ErrorKind::UnknownOutcome,
                   fmt::format("{} does not read back as written: it points at the deployment {}, not at {}",
                               describe_place(api.place()), stage.deployment, wanted)};
    }
    TRY(pause_(kPause, {}));
  }
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  TRY_ASSIGN(const Slots slots, slots_.read(service));
  const auto wanted = deployment_for(split, slots);
  if (!wanted) return about_stage(place, wanted.error());
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const GatewayApi api(*client, place);
  TRY_ASSIGN(const Stage stage, api.stage(Priority::Urgent, {}));
  const auto now = split_of(stage.deployment, slots);
  if (!now) return about_stage(place, now.error());
  if (stage.deployment != *wanted) {
    TRY(api.point_stage(*wanted, {}));
    TRY(read_back(api, *wanted));
  }
  looks_.saw(service, split);
  return {};
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  if (const auto seen = looks_.recent(service)) return *seen;
  return read_now(service, place);
}

Result<rollout::TrafficSplit> Router::read_now(const rollout::ServiceKey& service,
                                               const rollout::GatewayTarget& place) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const Stage stage, GatewayApi(*client, place).stage(Priority::Ordinary, {}));
  TRY_ASSIGN(const Slots slots, slots_.read(service));
  const auto split = split_of(stage.deployment, slots);
  if (!split) return about_stage(place, split.error());
  looks_.saw(service, *split);
  return *split;
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey&, rollout::Slot) {
  return ports::OpenSessions{};
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool /*cut*/) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  TRY_ASSIGN(const rollout::TrafficSplit split, read_now(service, place));
  const bool is_slot_b = split.slot_b == Weight::full();
  if (is_slot_b != (slot == rollout::Slot::B)) return slots_.note(service, slot, "");
  TRY_ASSIGN(const Slots slots, slots_.read(service));
  return Error{ErrorKind::Conflict, fmt::format("{} points at the deployment {} again: somebody else has moved it",
                                                describe_place(place), slots[index_of(slot)])};
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  if (slot == nullptr && !place.url.empty()) return Entrance{place.url, {}};
  return Error{ErrorKind::InvalidInput, fmt::format("{} {}", describe_place(place),
                                                    slot == nullptr ? "says no URL where requests enter"
                                                                    : "points at one deployment at a time")};
}

}  // namespace sluice::aws::gateway
