// Which tasks of a service's task sets fail while both colours run. ECS replaces them, so that a task set looks alive
// as long as one of its tasks runs.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/ecs_service.h"
#include "adapters/aws/task_logs.h"
#include "ports/clock.h"

namespace sluice::aws {

/// Which task set of a service is looked at, and whose it is.
struct LookedAtSet {
  const EcsService& service;
  const rollout::EcsTarget& place;
  const TaskSet& set;
  std::string revision;
};

/// ECS tells of a stopped task for an hour: what fails between two looks is not missed. May be used from any number of
/// threads at once.
class FailedTasks {
 public:
  /// So many failed tasks are a crash loop, while a task set starts and after that.
  static constexpr int kCrashLoop = 3;
  /// So often it is asked which tasks have stopped …
  static constexpr Milliseconds kLongestPause{120'000};
  /// … and so often while a task set has not all that it wants.
  static constexpr Milliseconds kShortestPause{30'000};

  /// Both must outlive this.
  FailedTasks(TaskLogs& logs, const ports::Clock& clock) : logs_(logs), clock_(clock) {}

  /// The task set has come up: what failed until now counts no more. Where that cannot be asked it counts.
  void came_up(const rollout::ServiceKey& key, const EcsService& service, const std::string& set,
               const std::stop_token& stop);

  /// `it is in a crash loop: 3 tasks of it failed: …`, the newest reason, and the last lines of those tasks; empty when
  /// it is in none, as far as that is known.
  std::string crash_loop(const rollout::ServiceKey& key, const LookedAtSet& looked_at);

 private:
  /// Of one service.
  struct Known {
    TimePoint asked_at{};
    TimePoint told_at{};
    std::map<std::string, EcsTask> stopped;  ///< By id.
    std::string came_up;                     ///< The task set that came up last …
    std::set<std::string> before;            ///< … and the tasks that had stopped by then.
    /// By task set: how many of its tasks had failed when it was last said why.
    std::map<std::string, std::pair<std::size_t, std::string>> told;
  };
  Status learn(const rollout::ServiceKey& key, const EcsService& service, const std::stop_token& stop);
  bool is_due(const rollout::ServiceKey& key, const TaskSet& set);
  std::vector<std::string> failures(const rollout::ServiceKey& key, const std::string& set) const;

  TaskLogs& logs_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, Known> known_;
};

}  // namespace sluice::aws
