// What the tasks of ECS services log, by the log driver awslogs of their container, and what Container Insights log of
// them.
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

/// A task set, or what is one to its engine, and the revision that it is.
struct RevisionSet {
  TaskSet set;
  std::string revision;
  friend bool operator==(const RevisionSet&, const RevisionSet&) = default;
};

/// Task sets with their revisions. Errors: those of `revision_of`.
Result<std::vector<RevisionSet>> with_revisions(std::vector<TaskSet> sets,
                                                const std::function<Result<std::string>(const TaskSet&)>& revision_of);

/// One question a minute, of the streams of both colours together: which task wrote a line says its stream, and which
/// task set a task is of says ECS, once. May be used from any number of threads at once.
class TaskLogs {
 public:
  /// So many tasks' last lines are put together.
  static constexpr std::size_t kTasksOfTail = 3;
  /// Of so many tasks it is remembered whose they are, and so many task sets and definitions are.
  static constexpr std::size_t kMostTasks = 10'000;
  static constexpr std::size_t kMostDefinitions = 1'000;

  /// All that ECS tells of, draining ones too. What a task was started by is the id of one. Errors: those of the
  /// client.
  using SetsOf = std::function<Result<std::vector<RevisionSet>>(Client& client, const rollout::EcsTarget& place,
                                                                const std::stop_token& stop)>;

  /// `clients` must outlive this.
  TaskLogs(SetsOf sets_of, ClientPool& clients) : sets_of_(std::move(sets_of)), clients_(clients) {}

  /// An aws::LogSource's answer. A task set that is gone is known as long as it is remembered.
  Result<RevisionLines> read(const rollout::EcsTarget& place, const std::set<std::string>& revisions, TimePoint from,
                             TimePoint until, const std::stop_token& stop);

  /// Likewise of the performance log events of the revisions' tasks, which their task definitions tell apart: two that
  /// have the same one have no figures. Without Container Insights each says how to enable them.
  Result<RevisionLines> read_performance(const rollout::EcsTarget& place, const std::set<std::string>& revisions,
                                         TimePoint from, TimePoint until, const std::stop_token& stop);

  /// The last lines of a revision's newest tasks, also of stopped ones. Errors: NotFound (ECS does not tell of it any
  /// more; no task, no line, or a definition without awslogs), those of the client.
  Result<std::vector<std::string>> tail(const rollout::EcsTarget& place, const std::string& revision, int lines,
                                        const std::stop_token& stop);
  /// What is to be said of a revision that did not start, behind the reason: the last lines of the tasks that failed,
  /// where some have, else of all, each on a line of its own; or why there are none.
  std::string shown(const EcsService& service, const rollout::EcsTarget& place, const std::string& revision);

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
  Result<Origins> origins_of(const rollout::EcsTarget& place, const std::set<std::string>& revisions,
                             const std::stop_token& stop);
  Origins known_origins(const rollout::EcsTarget& place) const;
  Result<Origins> learn_origins(const rollout::EcsTarget& place, const std::stop_token& stop);
  Result<TaskSet> set_of_revision(const rollout::EcsTarget& place, const std::string& revision,
                                  const std::stop_token& stop) const;
  Result<std::vector<std::string>> tail_of(const rollout::EcsTarget& place, const TaskSet& set,
                                           const Result<std::vector<EcsTask>>& told, int lines,
                                           const std::stop_token& stop);
  Result<Events> read_places(const EcsService& service, const rollout::EcsTarget& place, const Origins& origins,
                             TimePoint from, RevisionLines& result, const std::stop_token& stop);
  bool has_strangers(const Events& events, const Origins& origins) const;
  Status learn_tasks(const EcsService& service, const std::vector<LogEvent>& events, const std::stop_token& stop);
  std::string set_of(const std::string& task) const;

  SetsOf sets_of_;
  ClientPool& clients_;
  mutable std::mutex mutex_;
  std::map<std::string, Result<LogPlace>> places_;  ///< By definition and container.
  std::map<Service, Origins> origins_;
  std::map<std::string, std::string> sets_;  ///< By task: its task set; empty: of none.
};

}  // namespace sluice::aws
