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

Result<bool> Router::write_once(const GatewayApi& api, const Slots& slots, const rollout::TrafficSplit& split,
                                OwnCanary own) const {
  TRY_ASSIGN(const Stage stage, api.stage(Priority::Urgent, {}));
  const auto change = change_for(stage, split, slots, api.place().kind, own);
  if (!change) return about_stage(api.place(), change.error());
  if (change->is_nothing()) return true;
  TRY(api.change_stage(*change, {}));
  return false;
}

Result<bool> Router::reads_back(const GatewayApi& api, const Slots& slots, const rollout::TrafficSplit& split) const {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const Stage stage, api.stage(Priority::Urgent, {}));
    const auto change = change_for(stage, split, slots, api.place().kind, OwnCanary::Ours);
    const bool is_as_written = change && change->is_nothing();
    if (is_as_written || attempt == kReadBacks) return is_as_written;
    TRY(pause_(kPause, {}));
  }
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  TRY_ASSIGN(const Slots slots, slots_.read(service));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const GatewayApi api(*client, place);
  OwnCanary own = OwnCanary::Theirs;
  for (int attempt = 1;; ++attempt) {
    auto is_done = write_once(api, slots, split, own);
    if (is_done && !*is_done) {
      own = OwnCanary::Ours;
      is_done = reads_back(api, slots, split);
    }
    if (is_done && *is_done) break;
    const bool is_refused = !is_done && is_done.error().kind == ErrorKind::InvalidInput;
    if (!is_done && (!is_refused || attempt == kWrites)) return std::move(is_done.error());
    if (attempt == kWrites) {
      return Error{ErrorKind::UnknownOutcome, fmt::format("{} does not read back as written", describe_place(place))};
    }
    TRY(pause_(kPause, {}));
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
  const auto split = split_of(stage, slots);
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
  const Weight share = share_of(split, slot);
  if (share == Weight::none()) return slots_.note(service, slot, "");
  TRY_ASSIGN(const Slots slots, slots_.read(service));
  return Error{ErrorKind::Conflict, fmt::format("{} gives {} to the deployment {} again: somebody else has changed it",
                                                describe_place(place), share.to_string(), slots[index_of(slot)])};
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) {
  TRY_ASSIGN(const rollout::GatewayTarget place, known(service));
  if (slot == nullptr && !place.url.empty()) return Entrance{place.url, {}};
  return Error{ErrorKind::InvalidInput, fmt::format("{} {}", describe_place(place),
                                                    slot == nullptr ? "says no URL where requests enter"
                                                                    : "takes no requests for one deployment alone")};
}

}  // namespace sluice::aws::gateway
