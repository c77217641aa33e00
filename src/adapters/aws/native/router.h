// ports::TrafficRouter where ECS itself moves the weights: a traffic step is the answer to the pause before it, and a
// rollback takes the service deployment back. What is read are the listener rules that users' requests meet.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/native/deployment_notes.h"
#include "adapters/aws/native/last_deployment.h"
#include "adapters/aws/observing_router.h"
#include "ports/clock.h"

namespace sluice::aws::native {

/// May be used from any number of threads at once.
class Router final : public ObservingRouter {
 public:
  /// The last three must outlive this.
  Router(Pause pause, const DeploymentNotes& notes, ClientPool& clients, const ports::Clock& clock);

  /// Answers the pauses before the steps up to what is wanted; success when the rules give GREEN that. With nothing for
  /// GREEN: takes the deployment back. Errors: Unavailable (not yet), Failed (the deployment has ended: ECS's own
  /// account), Conflict (a deployment of somebody else's moves the traffic: it is left alone), those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;

 private:
  /// What moves a service's traffic at the moment.
  struct Move {
    ServiceDeployment deployment;
    rollout::Slot green = rollout::Slot::A;
  };
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

  const DeploymentNotes& notes_;
  mutable std::mutex mutex_;
  std::map<std::string, Answered> answered_;  ///< By the deployment's ARN.
};

}  // namespace sluice::aws::native
