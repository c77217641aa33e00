// ports::Fleet with task sets of ECS services whose deployment controller is CODE_DEPLOY: CodeDeploy makes and ends
// them. A revision is a task set; it is known by the tag of its task definition.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/codedeploy/codedeploy_api.h"
#include "adapters/aws/definition_revisions.h"
#include "adapters/aws/ecs_service.h"
#include "adapters/aws/failed_tasks.h"
#include "adapters/aws/last_looks.h"
#include "adapters/aws/registered_definitions.h"
#include "adapters/aws/task_logs.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace sluice::aws::codedeploy {

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    std::function<std::optional<rollout::EcsTarget>(const rollout::ServiceKey&)> place_of;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  static constexpr Milliseconds kFirstPoll{1'000};
  static constexpr Milliseconds kSlowestPoll{10'000};
  /// So often a deployment is asked for when nobody tells whether it was made.
  static constexpr int kAttempts = 3;

  /// `clients` and `clock` must outlive this.
  Fleet(Options options, ClientPool& clients, const ports::Clock& clock)
      : options_(std::move(options)),
        clients_(clients),
        clock_(clock),
        looks_(clock),
        logs_(std::bind_front(&Fleet::revision_sets, this), clients),
        failed_(logs_, clock) {}
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Of all task sets that CodeDeploy has made.
  TaskLogs& logs() { return logs_; }

  /// Registers the task definition and asks CodeDeploy for a deployment of it, or finds the one that was asked for.
  /// Waits until CodeDeploy waits with the traffic (`Ready`). What does not come so far is stopped and taken back.
  /// Errors: as the port has it; Conflict (another deployment of the group is under way), Failed with CodeDeploy's own
  /// errorInformation.
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  /// The replica's address is the ARN of its target group. While both colours run it tells of a crash loop.
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// Errors: NotFound with CodeDeploy's account (it has ended the task set), Unavailable (ECS starts its tasks again).
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// GREEN of the deployment that is under way: stops that. BLUE of it: CodeDeploy is told not to wait any longer.
  /// Error: Unavailable, until the task set is gone.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Of the newest tasks, also of stopped ones. Errors: NotFound (no such task set, or TaskLogs'), those of the client.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Always none: CodeDeploy ends what it has made.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// The primary task set, as a revision. Errors: as the port has it; InvalidInput and Conflict name what of the
  /// deployment group must be changed, and how.
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  struct Tools;
  Result<std::vector<TaskSet>> fresh(const rollout::ServiceKey& key, const EcsService& service,
                                     const std::stop_token& stop);
  Result<std::optional<TaskSet>> find(const EcsService& service, const std::vector<TaskSet>& sets,
                                      const std::string& revision, const std::stop_token& stop);
  Result<std::string> revision_of(const EcsService& service, const TaskSet& set, const std::stop_token& stop);
  Result<std::vector<RevisionSet>> revision_sets(Client& client, const rollout::EcsTarget& place,
                                                 const std::stop_token& stop);
  Result<std::string> deployment_for(const ports::FleetStart& request, const Tools& tools, const std::stop_token& stop);
  Result<std::string> content_for(const ports::FleetStart& request, const Tools& tools, const std::stop_token& stop);
  Result<TaskSet> wait_until_ready(const ports::FleetStart& request, const Tools& tools, const std::string& id,
                                   const std::stop_token& stop);
  Result<std::optional<TaskSet>> look_at_start(const ports::FleetStart& request, const Tools& tools,
                                               const std::string& id, std::string& progress,
                                               const std::stop_token& stop);

  Options options_;
  ClientPool& clients_;
  const ports::Clock& clock_;
  LastLooks<rollout::ServiceKey, std::vector<TaskSet>> looks_;
  DefinitionRevisions revisions_;
  RegisteredDefinitions registered_;
  TaskLogs logs_;
  FailedTasks failed_;
};

}  // namespace sluice::aws::codedeploy
