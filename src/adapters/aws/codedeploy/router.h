// ports::TrafficRouter where CodeDeploy moves the weights: what is wanted is waited for, and a rollback stops its
// deployment. What is read are the listener rules that users' requests meet.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/codedeploy/codedeploy_api.h"
#include "adapters/aws/kept_files.h"
#include "adapters/aws/router.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws::codedeploy {

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// So long a share is waited for within one call; then whoever wants it asks again.
  static constexpr int kLooks = 4;
  static constexpr Milliseconds kLookPause{500};

  /// `clients` and `clock` must outlive this.
  Router(Pause pause, ClientPool& clients, const ports::Clock& clock);

  Status ensure(const ports::RoutedService& service) override;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Lets the deployment under way begin with the traffic, where it waits with it; success when GREEN has at least what
  /// is wanted. With nothing for GREEN: stops the deployment and takes it back. Errors: Unavailable (not yet), Failed
  /// (the deployment has ended: CodeDeploy's own account), those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

 private:
  /// What moves a service's traffic at the moment.
  struct Move {
    Deployment deployment;
    rollout::Slot green = rollout::Slot::A;
    /// CodeDeploy moves nothing before it is told to: GREEN is being installed, or is ready and waited for.
    bool awaits_word = false;
  };
  Result<rollout::EcsTarget> place_of(const rollout::ServiceKey& service) const;
  Result<Move> move_under_way(Client& client, const rollout::EcsTarget& place) const;
  Status carry_out(const CodeDeployApi& codedeploy, const Move& move, Weight wanted) const;

  Pause pause_;
  ClientPool& clients_;
  KeptInFolder no_copies_{""};  ///< Nothing is kept in it.
  aws::Router rules_;           ///< Reads only.
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::EcsTarget> places_;
};

}  // namespace sluice::aws::codedeploy
