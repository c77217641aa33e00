// One service of ECS with the deployment controller ECS, and the calls that a rollout by ECS's own deployments makes.
// Source: "Actions" of ECS's API reference.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "adapters/aws/ecs_service.h"
#include "adapters/aws/native/service_deployment.h"
#include "core/rollout/target.h"

namespace sluice::aws::native {

/// ECS's record of what a deployment deploys; it does not change.
struct ServiceRevision {
  std::string arn;
  std::string task_definition;
  std::string target_group;  ///< ARN of the one that serves it behind the place's rules; empty: it has none there.
  int port = 0;              ///< Of the place's container.
};

/// May be used from any number of threads at once.
class NativeService {
 public:
  /// Both must outlive this. `place` has the engine.
  NativeService(Client& client, const rollout::EcsTarget& place) : client_(client), place_(place) {}

  /// What of it runs, as DescribeServices told it: a task set is one item of `deployments`, with the target group of
  /// its service revision. GREEN is primary as soon as it is there.
  Result<std::vector<TaskSet>> task_sets(const boost::json::object& service, const std::stop_token& stop) const;
  Result<std::vector<ServiceRevision>> revisions(const std::vector<std::string>& arns, Priority priority,
                                                 const std::stop_token& stop) const;

  /// The newest service deployment, whatever became of it; nothing where there was none in the last 90 days.
  Result<std::optional<ServiceDeployment>> last(Priority priority, const std::stop_token& stop) const;
  Result<ServiceDeployment> deployment(const std::string& arn, Priority priority, const std::stop_token& stop) const;

  /// Begins a deployment of a task definition; the service's deploymentConfiguration becomes `configuration`, and
  /// nothing else of it changes. With the definition that it has already ECS begins none. Error besides:
  /// UnknownOutcome.
  Status begin(const std::string& definition, const boost::json::object& configuration,
               const std::stop_token& stop) const;
  /// Takes it back to BLUE. One that has ended, or is on its way back: success.
  Status take_back(const std::string& arn) const;
  /// Answers the pauses that it awaits an answer at. What was answered before, by whomever: success.
  Status go_on(const ServiceDeployment& deployment) const;

  /// `service web of cluster chat`
  std::string name() const;

 private:
  Call call(std::string operation, Priority priority, Repeat repeat = Repeat::Safe) const;
  Status answer(const ServiceDeployment& deployment, const std::string& pause) const;

  Client& client_;
  const rollout::EcsTarget& place_;
};

}  // namespace sluice::aws::native
