// What the tasks of ECS services log, by the log driver awslogs of their container.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/ecs_service.h"
#include "adapters/aws/log_events.h"
#include "adapters/aws/service_log.h"
#include "core/rollout/target.h"

namespace sluice::aws {

/// One question a minute, of the streams of both colours together: which task wrote a line says its stream, and which
/// task set a task is of says ECS, once. May be used from any number of threads at once.
class TaskLogs {
 public:
  /// So many tasks' last lines are put together.
  static constexpr std::size_t kTasksOfTail = 3;
  /// Of so many tasks it is remembered whose they are, and so many task sets and definitions are.
  static constexpr std::size_t kMostTasks = 10'000;
  static constexpr std::size_t kMostDefinitions = 1'000;

  /// The revision that a task set is (aws::Fleet).
  using RevisionOf = std::function<std::string(const TaskSet&)>;

  /// `clients` must outlive this.
  TaskLogs(RevisionOf revision_of, ClientPool& clients) : revision_of_(std::move(revision_of)), clients_(clients) {}

  /// An aws::LogSource's answer. A task set that is gone is known as long as it is remembered.
  Result<RevisionLines> read(const rollout::EcsTarget& place, const std::set<std::string>& revisions, TimePoint from,
                             TimePoint until, const std::stop_token& stop);

  /// The last lines of a task set's newest tasks, also of stopped ones. Errors: NotFound (no task, no line, or a
  /// definition without awslogs), those of the client.
  Result<std::vector<std::string>> tail(const rollout::EcsTarget& place, const TaskSet& set, int lines,
                                        const std::stop_token& stop);
  /// Likewise of tasks that are known.
  Result<std::vector<std::string>> tail(const rollout::EcsTarget& place, const TaskSet& set,
                                        const std::vector<EcsTask>& tasks, int lines, const std::stop_token& stop);

 private:
  using Service = std::pair<std::string, std::string>;  ///< Cluster and service.
  /// Task sets of a service that were ever told of, by id: their revision and definition. A revision that was deployed
  /// twice has had two.
  struct Origin {
    std::string revision;
    std::string definition;
  };
  using Origins = std::map<std::string, Origin>;
  using Events = std::map<LogPlace, std::vector<LogEvent>>;

  Result<LogPlace> logs_of(const EcsService& service, const rollout::EcsTarget& place, const std::string& definition,
                           const std::stop_token& stop);
  Origins known_origins(const rollout::EcsTarget& place) const;
  Result<Origins> learn_origins(const EcsService& service, const rollout::EcsTarget& place,
                                const std::stop_token& stop);
  Result<Events> read_places(const EcsService& service, const rollout::EcsTarget& place, const Origins& origins,
                             TimePoint from, RevisionLines& result, const std::stop_token& stop);
  bool has_strangers(const Events& events, const Origins& origins) const;
  Status learn_tasks(const EcsService& service, const std::vector<LogEvent>& events, const std::stop_token& stop);
  std::string set_of(const std::string& task) const;

  RevisionOf revision_of_;
  ClientPool& clients_;
  mutable std::mutex mutex_;
  std::map<std::string, Result<LogPlace>> places_;  ///< By definition and container.
  std::map<Service, Origins> origins_;
  std::map<std::string, std::string> sets_;  ///< By task: its task set; empty: of none.
};

}  // namespace sluice::aws
