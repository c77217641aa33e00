// What ports::TrafficRouter is where somebody else than sluice writes the weights of the listener rules (CodeDeploy,
// ECS itself): all of it is read from the rules that users' requests meet, and only moving the traffic is the engine's
// own.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/kept_files.h"
#include "adapters/aws/router.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class ObservingRouter : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// So long a share is waited for within one call; then whoever wants it asks again.
  static constexpr int kLooks = 4;
  static constexpr Milliseconds kLookPause{500};

  /// Errors: InvalidInput (a service that another engine moves), those of aws::Router.
  Status ensure(const ports::RoutedService& service) final;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) final;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) final;
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) final;
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) final;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) final;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { rules_.forget_looks(); }

 protected:
  struct Engine {
    bool (*moves)(const rollout::EcsTarget& place);
    const char* name;  ///< For people: `CodeDeploy`.
  };
  /// The last two must outlive this.
  ObservingRouter(Engine engine, Pause pause, ClientPool& clients, const ports::Clock& clock);

  /// Error: NotFound, before `ensure`.
  Result<rollout::EcsTarget> place_of(const rollout::ServiceKey& service) const;
  /// What the rules say now.
  Result<rollout::TrafficSplit> read_now(const rollout::ServiceKey& service) { return rules_.look(service); }
  Status pause() const { return pause_(kLookPause, {}); }
  ClientPool& clients() const { return clients_; }

 private:
  Engine engine_;
  Pause pause_;
  ClientPool& clients_;
  KeptInFolder no_copies_{""};  ///< Nothing is kept in it.
  Router rules_;                ///< Reads only.
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::EcsTarget> places_;
};

}  // namespace sluice::aws
