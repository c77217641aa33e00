// ports::TrafficRouter with HAProxy on this machine.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/haproxy/haproxy_process.h"
#include "adapters/haproxy/held_listeners.h"
#include "adapters/haproxy/router_state.h"
#include "adapters/haproxy/weights_map.h"
#include "ports/http_client.h"
#include "ports/traffic_router.h"

namespace sluice::haproxy {

/// Each service has two backends, one a slot; a request's slot is drawn against the service's value in a map, which one
/// command on HAProxy's runtime socket changes without a reload. May be used from any number of threads at once: a
/// split waits for no endpoint, at most for a reload (some 0.1 s).
class Router final : public ports::TrafficRouter {
 public:
  struct Options {
    std::string home;           ///< Kept: `home`/haproxy is used.
    std::string run_directory;  ///< May be emptied while nothing runs.
    int log_port = 0;           ///< Telemetry::port()
    std::string log_token;      ///< Telemetry::token()
    Milliseconds drain{std::chrono::minutes{10}};
    Milliseconds answer_within{std::chrono::seconds{60}};
    HeldListeners::Sockets listeners;           ///< Those that an earlier sluice held.
    HeldListeners::Observer listeners_changed;  ///< Called with each change; may be empty.
    std::function<void(const Error&)> report;   ///< Of what went wrong and stops nothing; may be empty.
  };

  /// Brings back what an earlier sluice had here, HAProxy included; adopts one that still runs.
  /// Errors: Failed, TimedOut, NotFound (HAProxy is not installed), Conflict (a front door is taken).
  static Result<std::unique_ptr<Router>> create(Options options, ports::Daemons& daemons, ports::Processes& processes,
                                                ports::HttpClient& http);

  Status ensure(const ports::RoutedService& service) override;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  /// Former workers (after a reload) included as far as they answer. A WebSocket is any connection answered 101.
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  /// Conflict while the slot has a share of an open route.
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  /// The supervised program, for tests that kill it and for its end; null while there is no service.
  ports::Daemon* daemon() const { return process_.daemon(); }

 private:
  Router(Settings settings, Options options, ports::Daemons& daemons, ports::Processes& processes,
         ports::HttpClient& http)
      : listeners_(std::move(options.listeners), std::move(options.listeners_changed)),
        process_(std::move(settings), {daemons, processes, listeners_, std::move(options.report)}),
        http_(http) {}

  Status load();
  Status save(const RouterState& state);
  Status change_structure(const RouterState& next);
  /// Tells HAProxy what differs in one backend, and reads it back.
  Status synchronise(const ServiceState& service, rollout::Slot slot);
  Status synchronise_weights();
  Result<WeightsMap> running_weights() const;
  Status keep_weight(const std::string& name, int value) const;
  Status set_running_weight(const std::string& name, int value);
  Status probe(const ServiceState& service, const ports::Endpoint& endpoint);
  Result<ServiceState> service_state(const rollout::ServiceKey& service) const;

  HeldListeners listeners_;
  HaproxyProcess process_;
  ports::HttpClient& http_;
  std::mutex change_mutex_;         ///< Held through a whole change of services or endpoints.
  mutable std::mutex state_mutex_;  ///< Guards `state_`; held briefly.
  std::mutex worker_mutex_;         ///< Held while a split or a reload changes the weights. Last in order.
  RouterState state_;
};

}  // namespace sluice::haproxy
