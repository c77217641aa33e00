#include "adapters/haproxy/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>

#include "adapters/haproxy/atomic_file.h"
#include "adapters/haproxy/names.h"
#include "adapters/haproxy/port_owner.h"
#include "adapters/haproxy/sessions.h"

namespace sluice::haproxy {
namespace {

using Clock = std::chrono::steady_clock;
using rollout::Slot;

constexpr Milliseconds kBackWithin{3000};  ///< A killed HAProxy answers again in some 50 ms.
constexpr Milliseconds kBackPoll{2};
constexpr int kRefusals = 3;
constexpr Milliseconds kProbeWithin{2000};
constexpr Milliseconds kProbePause{10};
constexpr Milliseconds kProbeTimeout{1000};

void pause_for(Milliseconds span) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait_for(lock, span);
}

bool died_meanwhile(const Error& error) {
  return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::UnknownOutcome;
}

Error unknown(const rollout::ServiceKey& service) {
  return {ErrorKind::NotFound, "the router does not know " + service.to_string()};
}

/// The commands that make servers KIND1… of a backend what `wanted` says, from what they are.
std::string differences(const std::string& backend, char kind, const Places& wanted,
                        const std::vector<TableRow>& rows) {
  // Of srv_admin_state: forced maintenance. That a server began `disabled` stays on record there (0x04) for ever.
  static constexpr long long kMaintenance = 0x01;
  std::string commands;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string name = fmt::format("{}{}", kind, i + 1);
    const auto row = std::ranges::find(rows, name, [](const TableRow& r) { return text_in(r, "srv_name"); });
    const bool out = row == rows.end() || (number_in(*row, "srv_admin_state") & kMaintenance) != 0;
    const std::string server = backend + "/" + name;
    if (!wanted[i]) {
      if (!out) commands += fmt::format("set server {} state maint;", server);
      continue;
    }
    const bool same = row != rows.end() && text_in(*row, "srv_addr") == wanted[i]->address &&
                      number_in(*row, "srv_port") == wanted[i]->port;
    if (same && !out) continue;
    if (!out) commands += fmt::format("set server {} state maint;", server);
    if (!same) commands += fmt::format("set server {} addr {} port {};", server, wanted[i]->address, wanted[i]->port);
    commands += fmt::format("set server {} state ready;", server);
  }
  return commands;
}

}  // namespace

Result<std::unique_ptr<Router>> Router::create(Options options, ports::Daemons& daemons, ports::Processes& processes,
                                               ports::HttpClient& http) {
  Settings settings{.home = options.home + "/haproxy",
                    .run_directory = options.run_directory,
                    .log_port = options.log_port,
                    .log_token = options.log_token,
                    .drain = options.drain,
                    .answer_within = options.answer_within};
  for (const std::string* path : {&settings.home, &settings.run_directory}) {
    if (path->find_first_of(" \t\n\"'\\,()#") != std::string::npos) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("HAProxy cannot use the folder '{}': blanks and quotes", *path)};
    }
  }
  std::unique_ptr<Router> router(new Router(std::move(settings), std::move(options), daemons, processes, http));
  TRY(router->load());
  return router;
}

Status Router::load() {
  const std::lock_guard change(change_mutex_);
  const auto text = read_file(process_.settings().home + "/services.json");
  if (!text.has_value()) {
    if (text.error().kind == ErrorKind::NotFound) return {};
    return text.error();
  }
  TRY_ASSIGN(RouterState state, parse_router_state(*text));
  if (state.services.empty()) return {};
  const std::lock_guard worker(worker_mutex_);
  TRY(process_.apply(state, {}));
  for (const auto& service : state.services) {
    TRY(synchronise(service, Slot::A));
    TRY(synchronise(service, Slot::B));
  }
  TRY(synchronise_weights());
  const std::lock_guard lock(state_mutex_);
  state_ = std::move(state);
  return {};
}

Status Router::save(const RouterState& state) {
  TRY(write_atomically(process_.settings().home + "/services.json", to_json(state)));
  const std::lock_guard lock(state_mutex_);
  state_ = state;
  return {};
}

Result<ServiceState> Router::service_state(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(state_mutex_);
  const ServiceState* found = state_.find(service);
  if (found == nullptr) return unknown(service);
  return *found;
}

Status Router::ensure(const ports::RoutedService& service) {
  TRY(check(service));
  const std::lock_guard change(change_mutex_);
  RouterState next = state_;
  bool address_is_ours = false;
  for (const auto& other : next.services) {
    address_is_ours = address_is_ours || other.routed.listen == service.listen;
    if (other.routed.service != service.service && route_key(other.routed) == route_key(service)) {
      return Error{ErrorKind::Conflict,
                   fmt::format("{} has the route {}{} at {} already", other.routed.service.to_string(),
                               service.route.host, service.route.path, service.listen)};
    }
  }
  if (!address_is_ours) TRY(check_free(service.listen));
  ServiceState* known = next.find(service.service);
  if (known != nullptr && known->routed == service) return {};
  if (known == nullptr) {
    next.services.push_back({.routed = service});
    std::ranges::sort(next.services, {}, [](const auto& state) { return state.routed.service; });
    known = next.find(service.service);
  }
  known->routed = service;
  for (auto& slot : known->slots) {
    const auto places = static_cast<std::size_t>(service.most_replicas);
    slot.own.resize(std::max(places, slot.own.size()));
    slot.fallback.resize(std::max(places, slot.fallback.size()));
  }
  return change_structure(next);
}

Status Router::change_structure(const RouterState& next) {
  const std::lock_guard worker(worker_mutex_);
  const RouterState before = state_;
  const std::string path = weights_path(process_.settings());
  const auto text = read_file(path);
  WeightsMap weights = parse_weights(text.has_value() ? *text : "", false);
  for (const auto& service : next.services) {
    weights.try_emplace(service_name(service.routed.service), to_map_value({}));
  }
  std::error_code error;
  std::filesystem::create_directories(process_.settings().home, error);
  TRY(write_atomically(path, render(weights)));
  TRY(process_.apply(next, before));
  return save(next);
}

Status Router::probe(const ServiceState& service, const ports::Endpoint& endpoint) {
  const std::string& path = service.routed.health.path;
  std::string last;
  for (const auto until = Clock::now() + kProbeWithin;;) {
    const auto answer = http_.send({.url = fmt::format("http://{}:{}{}", endpoint.address, endpoint.port, path),
                                    .headers = {{"User-Agent", "sluice-health"}},
                                    .timeout = kProbeTimeout},
                                   {});
    if (answer.has_value() && answer->status >= 200 && answer->status < 400) return {};
    last = answer.has_value() ? fmt::format("answered {}", answer->status) : answer.error().message;
    if (Clock::now() > until) break;
    pause_for(kProbePause);
  }
  return Error{ErrorKind::Unavailable,
               fmt::format("{}: {}:{} is not put into the router: GET {}: {}", service.routed.service.to_string(),
                           endpoint.address, endpoint.port, path, last)};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, Slot slot, const std::vector<ports::Endpoint>& own,
                             const std::vector<ports::Endpoint>& fallback) {
  const std::lock_guard change(change_mutex_);
  RouterState next = state_;
  ServiceState* known = next.find(service);
  if (known == nullptr) return unknown(service);
  SlotState& places = known->slot(slot);
  for (const auto& endpoint : own) {
    if (std::ranges::find(places.own, std::optional(endpoint)) == places.own.end()) TRY(probe(*known, endpoint));
  }
  TRY_ASSIGN(places.own, placed(places.own, own));
  TRY_ASSIGN(places.fallback, placed(places.fallback, fallback));
  const ServiceState wanted = *known;
  TRY(save(next));
  TRY(process_.rewrite(next));
  return synchronise(wanted, slot);
}

Status Router::synchronise(const ServiceState& service, Slot slot) {
  const std::string backend = backend_name(service.routed.service, slot);
  Error last{ErrorKind::Failed, ""};
  int refused = 0;
  for (const auto until = Clock::now() + kBackWithin; Clock::now() < until; pause_for(kBackPoll)) {
    const auto state = process_.runtime().command("show servers state " + backend);
    if (!state.has_value()) {
      last = state.error();
      if (!died_meanwhile(last)) return last;
      continue;
    }
    const auto rows = parse_table(*state, ' ');
    const std::string commands = differences(backend, 's', service.slot(slot).own, rows) +
                                 differences(backend, 'f', service.slot(slot).fallback, rows);
    if (commands.empty()) return {};
    auto answer = process_.runtime().command(commands);
    if (!answer.has_value()) {
      last = std::move(answer.error());
      continue;
    }
    last = {ErrorKind::Failed, fmt::format("HAProxy did not take the servers of {}: {}", backend, *answer)};
    if (++refused == kRefusals) return last;
  }
  return last;
}

Result<WeightsMap> Router::running_weights() const {
  TRY_ASSIGN(const std::string text, process_.runtime().command("show map " + weights_path(process_.settings())));
  return parse_weights(text, true);
}

Status Router::set_running_weight(const std::string& name, int value) {
  const std::string path = weights_path(process_.settings());
  const std::string command = fmt::format("set map {} {} {}", path, name, value);
  TRY_ASSIGN(const std::string answer, process_.runtime().command(command));
  if (answer.find("not found") != std::string::npos) {
    TRY(process_.runtime().silent_command(fmt::format("add map {} {} {}", path, name, value)));
  }
  // A connection that a former worker keeps open is still routed by that worker's own copy of the map.
  for (const int pid : process_.old_workers()) std::ignore = process_.old_worker_command(pid, command);
  return {};
}

Status Router::synchronise_weights() {
  TRY_ASSIGN(const std::string text, read_file(weights_path(process_.settings())));
  TRY_ASSIGN(const WeightsMap running, running_weights());
  for (const auto& [name, value] : parse_weights(text, false)) {
    const auto found = running.find(name);
    if (found == running.end() || found->second != value) TRY(set_running_weight(name, value));
  }
  return {};
}

Status Router::keep_weight(const std::string& name, int value) const {
  const std::string path = weights_path(process_.settings());
  const auto text = read_file(path);
  // Without its file, what the other services have is known only to the running process.
  TRY_ASSIGN(WeightsMap weights,
             text.has_value() ? Result<WeightsMap>(parse_weights(*text, false)) : running_weights());
  weights[name] = value;
  // A rollback does not wait for a disk. After a loss of power no replica runs either, and the splits are set again
  // from the journal, which is durable.
  return write_atomically(path, render(weights), Survives::Crash);
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const ServiceState known, service_state(service));
  const std::string name = service_name(known.routed.service);
  const int value = to_map_value(split);
  const std::lock_guard worker(worker_mutex_);
  // The file first: an HAProxy that is started again in between then begins with what is wanted. A full disk must not
  // keep a rollback from taking effect, so the running process is told either way.
  const Status kept = keep_weight(name, value);
  Error last{ErrorKind::Unavailable, ""};
  for (const auto until = Clock::now() + kBackWithin; Clock::now() < until; pause_for(kBackPoll)) {
    Status told = set_running_weight(name, value);
    auto running = told.has_value() ? running_weights() : Result<WeightsMap>(std::move(told.error()));
    if (running.has_value()) {
      const auto found = running->find(name);
      if (found != running->end() && found->second == value) {
        if (kept.has_value()) return {};
        return Error{ErrorKind::Unavailable,
                     "the split took effect, but would not survive a restart of HAProxy: " + kept.error().message};
      }
      last = {ErrorKind::UnknownOutcome, fmt::format("HAProxy reads back another split of {} than was set", name)};
      continue;
    }
    last = std::move(running.error());
    if (!died_meanwhile(last)) break;
  }
  return last;
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  TRY_ASSIGN(const ServiceState known, service_state(service));
  const std::string name = service_name(known.routed.service);
  for (const auto until = Clock::now() + kBackWithin;; pause_for(kBackPoll)) {
    auto weights = running_weights();
    if (!weights.has_value()) {
      if (died_meanwhile(weights.error()) && Clock::now() < until) continue;
      return Error{ErrorKind::Unavailable, weights.error().message};
    }
    const auto found = weights->find(name);
    const auto split = found == weights->end() ? std::nullopt : from_map_value(found->second);
    if (!split) return Error{ErrorKind::Unavailable, "HAProxy has no split of " + name};
    return *split;
  }
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey& service, Slot slot) {
  TRY_ASSIGN(const ServiceState known, service_state(service));
  const SessionPlaces places = session_places(known, slot);
  const auto ask = [&](const auto& command) -> Result<ports::OpenSessions> {
    TRY_ASSIGN(const std::string stat, command("show stat"));
    ports::OpenSessions open{.requests = count_sessions(parse_table(stat, ','), places), .websockets = 0};
    if (open.requests == 0) return open;
    TRY_ASSIGN(const std::string sessions, command("show sess all"));
    open.websockets = count_websockets(sessions, places);
    return open;
  };
  TRY_ASSIGN(ports::OpenSessions open, ask([&](std::string_view line) { return process_.runtime().command(line); }));
  for (const int pid : process_.old_workers()) {
    const auto old = ask([&](std::string_view line) { return process_.old_worker_command(pid, line); });
    if (!old.has_value()) continue;  // It ended in between, and its sessions with it.
    open.requests += old->requests;
    open.websockets += old->websockets;
  }
  open.requests = std::max(open.requests, open.websockets);
  return open;
}

Status Router::clear_slot(const rollout::ServiceKey& service, Slot slot, bool cut) {
  TRY_ASSIGN(const rollout::TrafficSplit split, read_split(service));
  const Weight share = rollout::share_of(split, slot);
  if (share > Weight::none()) {
    return Error{ErrorKind::Conflict, fmt::format("slot {} of {} has {} of the traffic: move that first",
                                                  rollout::to_string(slot), service.to_string(), share.to_string())};
  }
  const std::lock_guard change(change_mutex_);
  RouterState next = state_;
  ServiceState* known = next.find(service);
  if (known == nullptr) return unknown(service);
  const SessionPlaces places = session_places(*known, slot);
  Places& fallback = known->slot(rollout::other(slot)).fallback;
  for (auto& place : fallback) {
    if (place && std::ranges::find(known->slot(slot).own, place) != known->slot(slot).own.end()) place.reset();
  }
  known->slot(slot).own.assign(known->slot(slot).own.size(), std::nullopt);
  known->slot(slot).fallback.assign(known->slot(slot).fallback.size(), std::nullopt);
  const ServiceState wanted = *known;
  TRY(save(next));
  TRY(process_.rewrite(next));
  TRY(synchronise(wanted, slot));
  TRY(synchronise(wanted, rollout::other(slot)));
  if (!cut) return {};
  std::string commands;
  for (const auto& [backend, server] : places.servers)
    commands += fmt::format("shutdown sessions server {}/{};", backend, server);
  return commands.empty() ? Status() : process_.runtime().silent_command(commands);
}

Result<ports::TrafficRouter::Entrance> Router::entrance(const rollout::ServiceKey& service, const Slot* slot) {
  TRY_ASSIGN(const ServiceState known, service_state(service));
  TRY_ASSIGN(const std::string secret, probe_secret(process_.settings()));
  std::string address = known.routed.listen;
  if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
  Entrance entrance{.url = "http://" + address, .headers = {{kProbeHeader, secret}}};
  if (!known.routed.route.host.empty()) entrance.headers.emplace_back("Host", known.routed.route.host);
  if (slot != nullptr) entrance.headers.emplace_back(kSlotHeader, std::string(rollout::to_string(*slot)));
  return entrance;
}

}  // namespace sluice::haproxy
