#include "adapters/aws/lambda/router.h"

#include <fmt/format.h>

#include "adapters/aws/lambda/alias_weights.h"
#include "adapters/aws/lambda/function_service.h"

namespace sluice::aws::lambda {
namespace {

Error about_alias(const FunctionService& function, const Error& error) {
  return {error.kind, fmt::format("{}: {}", describe_place(function.place()), error.message)};
}

/// The alias is read anew and written again after these.
bool is_worth_another_look(ErrorKind kind) { return kind == ErrorKind::Conflict || kind == ErrorKind::UnknownOutcome; }

}  // namespace

Status Router::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::LambdaTarget>(&service.target);
  if (place == nullptr) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is no function", service.service.to_string())};
  }
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  TRY(FunctionService(*client, *place).alias(Priority::Urgent, {}));
  const std::lock_guard lock(mutex_);
  places_[service.service] = *place;
  return {};
}

Result<rollout::LambdaTarget> Router::known(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(service);
  if (found != places_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the alias of {} is not known yet", service.to_string())};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                             const std::vector<ports::Endpoint>& own, const std::vector<ports::Endpoint>& fallback) {
  if (!own.empty()) TRY(notes_.note_slot(service, slot, own.front().address));
  if (!fallback.empty()) TRY(notes_.note_slot(service, rollout::other(slot), fallback.front().address));
  return {};
}

/// True when the alias is as wanted without a write.
Result<bool> Router::write_once(const rollout::ServiceKey& service, const FunctionService& function,
                                const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  TRY_ASSIGN(const auto alias, function.alias(Priority::Urgent, {}));
  if (!split.open) {
    if (!alias) return true;
    TRY(notes_.note_shift(service, {clock_.now(), split}));
    TRY(function.delete_alias({}));
    return false;
  }
  if (alias) {
    auto is_now = split_of(alias, notes.slots);
    if (!is_now) return about_alias(function, is_now.error());
    if (*is_now == split) return true;
    auto wanted = with_split(*alias, notes.slots, split);
    if (!wanted) return about_alias(function, wanted.error());
    TRY(notes_.note_shift(service, {clock_.now(), split}));
    TRY(function.update_alias(*wanted, {}));
    return false;
  }
  const auto version = alone(notes.slots, split);
  if (!version || version->empty()) {
    return about_alias(function,
                       {ErrorKind::NotFound, "it is not there, so that there is nothing to divide: deploy anew"});
  }
  TRY(notes_.note_shift(service, {clock_.now(), split}));
  TRY(function.create_alias(*version, {}));
  return false;
}

Status Router::read_back(const rollout::ServiceKey& service, const FunctionService& function,
                         const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(const auto alias, function.alias(Priority::Urgent, {}));
    const auto read = split_of(alias, notes.slots);
    if (read && *read == split) return {};
    if (attempt == kReadBacks) {
      return Error{ErrorKind::UnknownOutcome,
                   fmt::format("{} does not read back as written: it points at {}", describe_place(function.place()),
                               alias ? describe(*alias) : "nothing")};
    }
    TRY(pause_(kPause, {}));
  }
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::LambdaTarget place, known(service));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const FunctionService function(*client, place);
  for (int attempt = 1;; ++attempt) {
    auto is_done = write_once(service, function, split);
    if (is_done) {
      if (!*is_done) TRY(read_back(service, function, split));
      looks_.saw(service, split);
      return {};
    }
    if (!is_worth_another_look(is_done.error().kind) || attempt == kWrites) return std::move(is_done.error());
    TRY(pause_(kPause, {}));
  }
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const rollout::LambdaTarget place, known(service));
  if (const auto seen = looks_.recent(service)) return *seen;
  return read_now(service, place);
}

Result<rollout::TrafficSplit> Router::read_now(const rollout::ServiceKey& service, const rollout::LambdaTarget& place) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const FunctionService function(*client, place);
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  TRY_ASSIGN(const auto alias, function.alias(Priority::Ordinary, {}));
  const auto split = split_of(alias, notes.slots);
  if (!split) return about_alias(function, split.error());
  looks_.saw(service, *split);
  return *split;
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey&, rollout::Slot) {
  return ports::OpenSessions{};
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool /*cut*/) {
  TRY_ASSIGN(const rollout::LambdaTarget place, known(service));
  TRY_ASSIGN(const rollout::TrafficSplit split, read_now(service, place));
  const Weight share = share_of(split, slot);
  if (share == Weight::none()) return {};
  TRY_ASSIGN(const Notes notes, notes_.read(service));
  return Error{ErrorKind::Conflict, fmt::format("{} gives {} to version {} again: somebody else has changed it",
                                                describe_place(place), share.to_string(), notes.slots[index_of(slot)])};
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) {
  TRY_ASSIGN(const rollout::LambdaTarget place, known(service));
  if (slot == nullptr && !place.url.empty()) return Entrance{place.url, {}};
  return Error{ErrorKind::InvalidInput, fmt::format("{} {}", describe_place(place),
                                                    slot == nullptr ? "says no URL where requests enter"
                                                                    : "takes no requests for one version alone")};
}

}  // namespace sluice::aws::lambda
