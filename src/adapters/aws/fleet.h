// ports::Fleet with task sets of ECS services whose deployment controller is EXTERNAL. A revision is a task set; to its
// users it is one replica, since ECS itself keeps its tasks running.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/ecs_service.h"
#include "adapters/aws/failed_tasks.h"
#include "adapters/aws/last_looks.h"
#include "adapters/aws/registered_definitions.h"
#include "adapters/aws/scale_in.h"
#include "adapters/aws/task_logs.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace sluice::aws {

/// Where a service is, as far as anybody here has said; nothing for one of another target.
using PlaceOf = std::function<std::optional<rollout::EcsTarget>(const rollout::ServiceKey&)>;

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    std::string owner;  ///< Of this sluice; goes into the names of its task sets, so that it stops nobody else's.
    PlaceOf place_of;
    std::function<std::vector<rollout::ServiceKey>()> services;  ///< Those that are in AWS.
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  /// How often a starting task set is looked at; each time half as often, down to the second.
  static constexpr Milliseconds kFirstPoll{1'000};
  static constexpr Milliseconds kSlowestPoll{10'000};
  /// So many looks in a row that do not tell of a starting task set: it is gone.
  static constexpr int kGone = 5;
  /// Targets of tasks that were just stopped may need a moment to be gone: so many looks are taken at a group.
  static constexpr int kLooksForTargets = 10;

  /// All must outlive this.
  Fleet(Options options, KeptFiles& files, ClientPool& clients, const ports::Clock& clock)
      : options_(std::move(options)),
        clients_(clients),
        clock_(clock),
        looks_(clock),
        scale_in_(files, clients),
        logs_(std::bind_front(&Fleet::revision_sets, this), clients),
        failed_(logs_, clock) {}
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// Of all its task sets.
  TaskLogs& logs() { return logs_; }

  /// Registers the task definition of the primary task set with the revision's image, and makes a task set of it at
  /// full scale in the target group that no other has, when the service can no longer be scaled in. Then waits until
  /// ECS calls it steady. Errors: as the port has
  /// it; InvalidInput (no such container), Conflict (both target groups are in use, also by targets that no task set
  /// of the service made, or the wrong deployment controller).
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  /// The replica's address is the ARN of its target group. While both colours run it tells of a crash loop.
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// Waits until ECS has the task set steady again.
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// The primary task set is only stopped when another can take its place, which is made primary first. The service
  /// may be scaled in again where no other is left beside the one that serves.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Of the newest tasks, also of stopped ones. Errors: NotFound (no such task set, or TaskLogs'), those of the client.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Task sets of this owner that are not primary.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// The primary task set, as a revision.
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  Result<std::vector<TaskSet>> recent(const rollout::ServiceKey& key, const EcsService& service);
  Result<std::vector<TaskSet>> fresh(const rollout::ServiceKey& key, const EcsService& service,
                                     const std::stop_token& stop);
  std::string external_id(const std::string& revision) const;
  std::string revision_of(const TaskSet& set) const;
  Result<std::vector<RevisionSet>> revision_sets(Client& client, const rollout::EcsTarget& place,
                                                 const std::stop_token& stop) const;
  const TaskSet* find(const std::vector<TaskSet>& sets, const std::string& revision) const;
  Result<TaskSet> create(const ports::FleetStart& request, const EcsService& service, const std::vector<TaskSet>& sets,
                         const rollout::EcsTarget& place, const std::stop_token& stop);
  /// Waits for task sets that drain, `health.within` at most, where ECS takes no more beside them.
  Result<TaskSet> create_where_there_is_room(const ports::FleetStart& request, const EcsService& service,
                                             const TaskSet& primary, const TaskSetRequest& wanted,
                                             const std::stop_token& stop);
  struct StartLook {
    std::optional<TaskSet> steady;
    bool is_missing = false;
    std::size_t failed = 0;  ///< Tasks of it so far.
    std::string progress;    ///< While it is not.
  };
  Result<StartLook> look_at_start(const rollout::ServiceKey& key, const EcsService& service, const std::string& id,
                                  const std::stop_token& stop);
  Result<TaskSet> wait_until_steady(const ports::FleetStart& request, const EcsService& service, const std::string& id,
                                    const std::stop_token& stop);
  Result<std::string> free_target_group(const std::vector<TaskSet>& sets, const rollout::EcsTarget& place,
                                        const std::stop_token& stop);

  Status release_scale_in(const rollout::ServiceKey& service, const rollout::EcsTarget& place,
                          const std::vector<TaskSet>& sets);
  /// Tasks of somebody else in the group would get GREEN's requests.
  Status check_nobody_is_in(Client& client, const std::string& group, int looks, const std::stop_token& stop) const;

  Options options_;
  ClientPool& clients_;
  const ports::Clock& clock_;
  LastLooks<rollout::ServiceKey, std::vector<TaskSet>> looks_;
  RegisteredDefinitions registered_;
  ScaleIn scale_in_;
  TaskLogs logs_;
  FailedTasks failed_;
};

}  // namespace sluice::aws
