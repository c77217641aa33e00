// What splits the traffic of a service between two slots.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/weight.h"
#include "core/rollout/colour.h"
#include "core/rollout/revision.h"
#include "core/rollout/service_key.h"
#include "core/rollout/traffic_split.h"

namespace sluice::ports {

/// Host and path prefix that lead to a service. An empty host matches every host.
struct Route {
  std::string host;
  std::string path = "/";
  friend bool operator==(const Route&, const Route&) = default;
};

struct RoutedService {
  rollout::ServiceKey service;
  std::string listen;  ///< `address:port` of the front door.
  Route route;
  rollout::HealthCheck health;
  int most_replicas = 8;  ///< Places a slot has.
  rollout::Target target = {};
  friend bool operator==(const RoutedService&, const RoutedService&) = default;
};

struct Endpoint {
  std::string address;
  int port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct OpenSessions {
  long requests = 0;    ///< Requests and streams open now on the slot's replicas, fallback use included.
  long websockets = 0;  ///< Of these, upgraded connections.
};

class TrafficRouter {
 public:
  virtual ~TrafficRouter() = default;

  /// Makes the service known (a change of configuration without a lost connection when it is new or differs).
  /// A service that is new starts with a closed route. Errors: Conflict (another service has the route, or the port
  /// is taken: names by whom), InvalidInput, Unavailable.
  virtual Status ensure(const RoutedService& service) = 0;

  /// The replicas behind a slot. Each is put in only when it answers. `fallback`: the other slot's replicas, used when
  /// none of the slot's own is up. Idempotent.
  virtual Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<Endpoint>& own,
                               const std::vector<Endpoint>& fallback) = 0;

  /// Moves the traffic and reads it back: success means that the read-back agreed and that it will survive a restart
  /// of the router. Errors: Unavailable, UnknownOutcome.
  virtual Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) = 0;

  /// `set_split` on the way back, of a service that the router need not know yet. What can send no traffic to the slot
  /// that shall have none does not stand in the way though it is not as it should be: a line tells people of each.
  /// Errors: as `ensure` and `set_split`.
  virtual Result<std::vector<std::string>> restore_split(const RoutedService& service,
                                                         const rollout::TrafficSplit& split) {
    Status written = set_split(service.service, split);
    if (!written && written.error().kind == ErrorKind::NotFound) {  // it was restarted without what it had kept
      TRY(ensure(service));
      written = set_split(service.service, split);
    }
    TRY(std::move(written));
    return std::vector<std::string>{};
  }

  /// Errors: NotFound (service unknown to the router), Unavailable.
  virtual Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) = 0;

  virtual Result<OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) = 0;

  /// Takes all replicas out of a slot. Only after its weight is 0. `cut`: end what is still open, at once.
  virtual Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) = 0;

  /// Where a request for the service enters (`http://127.0.0.1:20080`), and the headers that make it one of sluice's
  /// own: marked as a probe (counted in no rate) and, with a slot, sent to that slot whatever the split.
  struct Entrance {
    std::string url;  ///< With no path at the end.
    std::vector<std::pair<std::string, std::string>> headers;
  };
  virtual Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) = 0;
};

}  // namespace sluice::ports
