// ports::Fleet with services of ECS whose deployment controller is ECS itself: its service deployments make and end the
// tasks. A revision is what a service revision's task definition says, by its tag.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/definition_revisions.h"
#include "adapters/aws/ecs_service.h"
#include "adapters/aws/failed_tasks.h"
#include "adapters/aws/last_looks.h"
#include "adapters/aws/native/deployment_notes.h"
#include "adapters/aws/native/last_deployment.h"
#include "adapters/aws/registered_definitions.h"
#include "adapters/aws/task_logs.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace sluice::aws::native {

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    std::function<std::optional<rollout::EcsTarget>(const rollout::ServiceKey&)> place_of;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  static constexpr Milliseconds kFirstPoll{1'000};
  static constexpr Milliseconds kSlowestPoll{10'000};
  /// So often a deployment is asked for when nobody tells whether it was begun.
  static constexpr int kAttempts = 3;

  /// The last three must outlive this.
  Fleet(Options options, DeploymentNotes& notes, ClientPool& clients, const ports::Clock& clock)
      : options_(std::move(options)),
        notes_(notes),
        clients_(clients),
        clock_(clock),
        looks_(clock),
        logs_(std::bind_front(&Fleet::revision_sets, this), clients),
        failed_(logs_, clock) {}
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Of all tasks that ECS's deployments have made.
  TaskLogs& logs() { return logs_; }

  /// Registers the task definition and begins a deployment of it, or finds the one that was begun. Waits until that
  /// pauses before its first traffic step. What does not come so far is taken back. Errors: as the port has it;
  /// Conflict (another deployment is under way), Failed with ECS's own reason.
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  /// The replica's address is the ARN of its target group. While both colours run it tells of a crash loop. GREEN of a
  /// deployment that goes back is not there any more.
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// Errors: NotFound with ECS's account (it has ended the tasks), Unavailable (ECS starts them again).
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// GREEN of the deployment that is under way: takes that back. BLUE of it: its last pause is answered.
  /// Error: Unavailable, until the deployment has ended.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Of the newest tasks, also of stopped ones. Errors: NotFound (ECS has ended them), TaskLogs', those of the client.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Always none: ECS ends what it has made.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// What has the traffic, as a revision. Errors: as the port has it; InvalidInput and Conflict name what of the
  /// service must be changed, and how, or the deployment of somebody else that is under way.
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  struct Tools;
  Result<std::string> revision_of(const Tools& tools, const std::string& definition, const std::stop_token& stop);
  Result<std::vector<RevisionSet>> fresh(const rollout::ServiceKey& key, const Tools& tools,
                                         const std::stop_token& stop);
  Result<std::vector<RevisionSet>> revision_sets(Client& client, const rollout::EcsTarget& place,
                                                 const std::stop_token& stop);
  Result<std::vector<RevisionSet>> labelled(const Tools& tools, std::vector<TaskSet> sets, const std::stop_token& stop);
  Result<std::optional<TaskSet>> find(const rollout::ServiceKey& key, const Tools& tools, const std::string& revision,
                                      const std::stop_token& stop);
  Result<bool> is_deployed(const Tools& tools, const std::string& definition) const;
  Result<bool> serves_already(const ports::FleetStart& request, const Tools& tools, const std::stop_token& stop);
  /// BLUE's definition, where a deployment is under way, else that of the service.
  Result<std::string> serving_definition(const Tools& tools, const LastDeployment& last,
                                         const boost::json::object& service, const std::stop_token& stop) const;
  Result<std::string> deployment_for(const ports::FleetStart& request, const Tools& tools, TimePoint deadline,
                                     const std::stop_token& stop);
  Status begin(const ports::FleetStart& request, const Tools& tools, const LastDeployment& last,
               const std::stop_token& stop);
  Result<TaskSet> wait_until_paused(const ports::FleetStart& request, const Tools& tools, const std::string& arn,
                                    TimePoint deadline, const std::stop_token& stop);
  Result<std::optional<TaskSet>> look_at_start(const ports::FleetStart& request, const Tools& tools,
                                               const std::string& arn, std::string& progress,
                                               const std::stop_token& stop);
  Status pause_until(TimePoint deadline, Milliseconds poll, const std::stop_token& stop) const;

  Options options_;
  DeploymentNotes& notes_;
  ClientPool& clients_;
  const ports::Clock& clock_;
  LastLooks<rollout::ServiceKey, std::vector<RevisionSet>> looks_;
  DefinitionRevisions revisions_;
  RegisteredDefinitions registered_;
  TaskLogs logs_;
  FailedTasks failed_;
};

}  // namespace sluice::aws::native
