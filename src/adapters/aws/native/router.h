// ports::TrafficRouter where ECS itself moves the weights: a traffic step is the answer to the pause before it, and a
// rollback takes the service deployment back. What is read are the listener rules that users' requests meet.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/kept_files.h"
#include "adapters/aws/native/deployment_notes.h"
#include "adapters/aws/native/last_deployment.h"
#include "adapters/aws/router.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws::native {

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// So long a share is waited for within one call; then whoever wants it asks again.
  static constexpr int kLooks = 4;
  static constexpr Milliseconds kLookPause{500};

  /// The last three must outlive this.
  Router(Pause pause, const DeploymentNotes& notes, ClientPool& clients, const ports::Clock& clock);

  Status ensure(const ports::RoutedService& service) override;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Answers the pauses before the steps up to what is wanted; success when the rules give GREEN that. With nothing for
  /// GREEN: takes the deployment back. Errors: Unavailable (not yet), Failed (the deployment has ended: ECS's own
  /// account), Conflict (a deployment of somebody else's moves the traffic: it is left alone), those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { rules_.forget_looks(); }

 private:
  /// What moves a service's traffic at the moment.
  struct Move {
    ServiceDeployment deployment;
    rollout::Slot green = rollout::Slot::A;
  };
  Result<rollout::EcsTarget> place_of(const rollout::ServiceKey& service) const;
  Result<Move> move_of(Client& client, const rollout::EcsTarget& place, const ServiceDeployment& deployment) const;
  /// The pauses that were answered last here of a deployment, and what GREEN had then.
  struct Answered {
    std::vector<std::string> pauses;
    Weight share;
  };
  bool may_answer(const ServiceDeployment& deployment) const;
  Status go_on(const NativeService& ecs, const ServiceDeployment& deployment);
  Status go_to(const rollout::ServiceKey& key, const NativeService& ecs, const Move& move, Weight wanted);
  Status at_rest(const rollout::ServiceKey& key, const LastDeployment& last, const rollout::TrafficSplit& split);
  Status take_back(const rollout::ServiceKey& key, const NativeService& ecs, const Move& move);

  Pause pause_;
  const DeploymentNotes& notes_;
  ClientPool& clients_;
  KeptInFolder no_copies_{""};  ///< Nothing is kept in it.
  aws::Router rules_;           ///< Reads only.
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::EcsTarget> places_;
  std::map<std::string, Answered> answered_;  ///< By the deployment's ARN.
};

}  // namespace sluice::aws::native
