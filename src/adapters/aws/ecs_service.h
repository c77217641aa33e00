// One service of ECS with the deployment controller EXTERNAL: its task sets and its task definitions.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "adapters/aws/registered_definitions.h"
#include "adapters/aws/task_definition.h"
#include "core/rollout/target.h"

namespace sluice::aws {

struct TaskSet {
  std::string id;           ///< `ecs-svc/1234567890123456789`
  std::string external_id;  ///< What its creator called it; may be empty.
  std::string status;       ///< `PRIMARY`, `ACTIVE`, `DRAINING`
  std::string task_definition;
  bool is_steady = false;
  int desired = 0;
  int running = 0;
  int pending = 0;
  std::string target_group;  ///< ARN of that of `EcsTarget::container`; empty when it has none.
  int port = 0;
  friend bool operator==(const TaskSet&, const TaskSet&) = default;
};

/// One task of the service, running or stopped.
struct EcsTask {
  std::string id;          ///< The last part of its ARN.
  std::string started_by;  ///< The id of its task set.
  double created_at = 0;   ///< Seconds since the epoch.
  std::string failure;     ///< Why it stopped, where it should not have; else empty.
  bool ended = false;      ///< It has stopped: nothing that is told of it changes any more.
};

/// What a new task set takes over from one that is there.
struct TaskSetRequest {
  std::string token;  ///< At most 36 characters; a repeat with the same one makes no second task set.
  std::string external_id;
  std::string task_definition;
  std::string target_group;  ///< ARN.
  int port = 0;
};

class EcsService {
 public:
  /// Both must outlive this.
  EcsService(Client& client, const rollout::EcsTarget& place) : client_(client), place_(place) {}

  /// As DescribeServices answers it. Error: NotFound (no such cluster, or no such service that is active).
  Result<boost::json::object> describe(const std::stop_token& stop) const;
  /// Errors: NotFound (no such cluster or service), Conflict (its deployment controller is another one than the place's
  /// engine needs, or it uses Service Connect).
  Status check(const std::stop_token& stop) const;

  /// All of them, draining ones too, as DescribeServices tells them. DescribeTaskSets wants to be told which, whatever
  /// its reference says ("TaskSets cannot be empty"), and is asked only where something is left out there. Errors:
  /// NotFound (there is no active service), those of the client.
  Result<std::vector<TaskSet>> task_sets(const std::stop_token& stop) const;

  /// DescribeTaskDefinition's answer, with its tags.
  Result<boost::json::object> task_definition(const std::string& arn, const std::stop_token& stop) const;

  /// The ARN of the definition `base` with the change, registered for its revision; the one that is there already,
  /// when it was registered before: by an earlier attempt, which `registered` remembers, or when the revision was
  /// deployed the last time. With `may_be_there`, by a process that has died, AWS is given time to tell of it.
  Result<std::string> ensure_definition(const std::string& base, const ContainerChange& change,
                                        RegisteredDefinitions& registered, bool may_be_there,
                                        const std::stop_token& stop) const;

  /// With the network, launch type, platform and service registries of the task set `base`, but for what the place's
  /// terms say.
  Result<TaskSet> create_task_set(const TaskSet& base, const TaskSetRequest& request,
                                  const std::stop_token& stop) const;
  /// The one that autoscaling follows and that `DescribeServices` calls primary.
  Status make_primary(const std::string& task_set, const std::stop_token& stop) const;
  /// One that is not there (any more): success. Its tasks are stopped by ECS, after their targets were deregistered.
  Status delete_task_set(const std::string& task_set, const std::stop_token& stop) const;

  /// Why tasks of a task set stopped that should not have, newest first: `CannotPullContainerError: …`, `Essential
  /// container in task exited (container chatbot exited 1)`.
  Result<std::vector<std::string>> failures_of(const std::string& task_set, const std::stop_token& stop) const;
  /// Those tasks themselves.
  Result<std::vector<EcsTask>> failed_tasks_of(const std::string& task_set, const std::stop_token& stop) const;
  /// All tasks of a task set that ECS still tells of, newest first; those that run before those that stopped.
  Result<std::vector<EcsTask>> tasks_of(const std::string& task_set, const std::stop_token& stop) const;
  /// The ids of all tasks of the service that ECS stops, or has stopped in the last hour, of whatever task set.
  Result<std::vector<std::string>> stopped_tasks(const std::stop_token& stop) const;
  /// Tasks by their ids; one that ECS does not tell of (any more) is absent.
  Result<std::vector<EcsTask>> describe_tasks(const std::vector<std::string>& ids, const std::stop_token& stop) const;

  /// `service web of cluster chat`
  std::string name() const;

 private:
  struct KnownDefinition {
    std::string arn;
    std::string revision;  ///< By its tag; may be empty.
  };
  Call call(std::string operation, Repeat repeat = Repeat::Safe) const;
  Result<std::vector<std::string>> task_ids(std::string_view desired_status, const std::stop_token& stop) const;
  Result<std::vector<EcsTask>> tasks(const std::string& task_set, std::string_view desired_status,
                                     const std::stop_token& stop) const;
  Result<boost::json::object> raw_task_set(const std::string& id, const std::stop_token& stop) const;
  Result<std::optional<std::string>> find_definition(const std::string& family, const KnownDefinition& base,
                                                     const std::string& revision, const std::stop_token& stop) const;
  Result<std::optional<std::string>> look_again(const std::string& family, const KnownDefinition& base,
                                                const std::string& revision, const std::stop_token& stop) const;
  Result<std::optional<std::string>> registered_here(const std::string& arn, const std::stop_token& stop) const;
  TaskSet read_task_set(const boost::json::object& raw) const;

  Client& client_;
  const rollout::EcsTarget& place_;
};

}  // namespace sluice::aws
