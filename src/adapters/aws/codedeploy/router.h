// ports::TrafficRouter where CodeDeploy moves the weights: what is wanted is waited for, and a rollback stops its
// deployment. What is read are the listener rules that users' requests meet.
#pragma once

#include "adapters/aws/client_pool.h"
#include "adapters/aws/codedeploy/codedeploy_api.h"
#include "adapters/aws/observing_router.h"
#include "ports/clock.h"

namespace sluice::aws::codedeploy {

/// May be used from any number of threads at once.
class Router final : public ObservingRouter {
 public:
  /// `clients` and `clock` must outlive this.
  Router(Pause pause, ClientPool& clients, const ports::Clock& clock);

  /// Lets the deployment under way begin with the traffic, where it waits with it; success when GREEN has at least what
  /// is wanted. With nothing for GREEN: stops the deployment and takes it back. Errors: Unavailable (not yet), Failed
  /// (the deployment has ended: CodeDeploy's own account), those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;

 private:
  /// What moves a service's traffic at the moment.
  struct Move {
    Deployment deployment;
    rollout::Slot green = rollout::Slot::A;
    /// CodeDeploy moves nothing before it is told to: GREEN is being installed, or is ready and waited for.
    bool awaits_word = false;
  };
  Result<Move> move_under_way(Client& client, const rollout::EcsTarget& place) const;
  Status carry_out(const CodeDeployApi& codedeploy, const Move& move, Weight wanted) const;
};

}  // namespace sluice::aws::codedeploy
