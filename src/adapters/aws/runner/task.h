// One task of ECS for a job: its definition, its start, and what has become of it.
// Source: RegisterTaskDefinition, RunTask, DescribeTasks and StopTask of ECS's API reference.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/client.h"
#include "base/result.h"
#include "core/config/runner.h"

namespace sluice::aws::runner {

/// The name of the definition that a runner's jobs with this image have: another one where anything else is said.
std::string family_of(const config::EcsRunner& runner, const std::string& image);
boost::json::object definition_input(const config::EcsRunner& runner, const std::string& image);
/// Registers it where there is none. Errors: those of the client.
Status ensure_definition(Client& client, const config::EcsRunner& runner, const std::string& image,
                         const std::stop_token& stop);

/// What RunTask is asked for.
struct TaskOrder {
  std::string cluster;
  std::string image;
  std::string started_by;  ///< By which the task is found again; at most 36 characters.
  std::string group;       ///< For people who look at the cluster.
  std::string agent;       ///< Address of the agent.
};
boost::json::object run_input(const config::EcsRunner& runner, const TaskOrder& order, const std::string& token);

/// What RunTask answered.
struct Placed {
  std::string arn;     ///< Empty: no task was started.
  std::string reason;  ///< Why not; it may be another time. Else empty.
};
/// Asks once more, with the same token, where the answer was lost: there is one task at most. Errors: those of the
/// client; Failed where another try would fail as well.
Result<Placed> run_task(Client& client, const config::EcsRunner& runner, const TaskOrder& order,
                        const std::string& token, const std::stop_token& stop);

struct TaskState {
  std::string status;  ///< `PROVISIONING`, `PENDING`, `RUNNING`, …, `STOPPED`
  std::string stop_code;
  std::string reason;
  std::string container_reason;
  std::optional<int> exit_code;
  bool is_stopped() const { return status == "STOPPED" || status == "DELETED"; }
};
/// Nothing: ECS does not know it (it forgets what has stopped, after an hour).
Result<std::optional<TaskState>> look_at_task(Client& client, const std::string& cluster, const std::string& arn,
                                              const std::stop_token& stop);
TaskState state_of(const boost::json::object& task);

/// Why a task has stopped, for people.
std::string why_stopped(const TaskState& state);
/// Whether there was no room for it, which passes.
bool is_about_capacity(const std::string& reason);

/// Stops what was started so and runs; without an `arn` it is looked for. Error: those of the client.
Status stop_task(Client& client, const std::string& cluster, const std::string& arn, const std::string& started_by,
                 const std::string& reason);

}  // namespace sluice::aws::runner
