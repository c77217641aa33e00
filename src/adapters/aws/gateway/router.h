// ports::TrafficRouter by the deployment that a stage of an API points at, which has all of the traffic, and by the
// canary of a REST API's stage, which has a share. Source: "Set up a stage for a REST API", "Set up an API Gateway
// canary release deployment" and "Stages for HTTP APIs" of API Gateway's developer guide.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/gateway/stage_slots.h"
#include "adapters/aws/last_looks.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws::gateway {

class GatewayApi;

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// A write is looked for so often, since reads may be behind.
  static constexpr int kReadBacks = 5;
  /// What AWS refuses is derived from a new look so often: the one before may have been behind.
  static constexpr int kWrites = 3;
  static constexpr Milliseconds kPause{500};

  /// `slots`, `clients` and `clock` must outlive this.
  Router(Pause pause, StageSlots& slots, ClientPool& clients, const ports::Clock& clock)
      : pause_(std::move(pause)), slots_(slots), clients_(clients), looks_(clock) {}

  /// Reads the stage. Errors: NotFound (no such API or stage), Denied.
  Status ensure(const ports::RoutedService& service) override;
  /// The endpoints' addresses are deployments: notes which one a slot has.
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Points the stage at the slot's deployment, or gives the slot's a share as the stage's canary, if the stage is of
  /// no other deployment than those two now, and reads it back. Errors: Conflict (somebody else has changed it),
  /// InvalidInput (a part of the traffic of an API of version 2), NotFound, UnknownOutcome, those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  /// Always none: API Gateway answers what has begun, and WebSocket connections go on over a swap.
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  /// Reads the stage anew, and forgets the slot's deployment. Error: Conflict when it has the traffic after all.
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  /// Error: InvalidInput: no URL was given, or GREEN alone was asked for, which nobody can reach.
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  Result<rollout::GatewayTarget> known(const rollout::ServiceKey& service) const;
  Result<rollout::TrafficSplit> read_now(const rollout::ServiceKey& service, const rollout::GatewayTarget& place);
  /// True when the stage is as wanted without a write.
  Result<bool> write_once(const GatewayApi& api, const Slots& slots, const rollout::TrafficSplit& split,
                          OwnCanary own) const;
  /// False when it is not as written for so long that it must be written again.
  Result<bool> reads_back(const GatewayApi& api, const Slots& slots, const rollout::TrafficSplit& split) const;

  Pause pause_;
  StageSlots& slots_;
  ClientPool& clients_;
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::GatewayTarget> places_;
  LastLooks<rollout::ServiceKey, rollout::TrafficSplit> looks_;
};

}  // namespace sluice::aws::gateway
