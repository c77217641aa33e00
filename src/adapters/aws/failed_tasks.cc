#include "adapters/aws/failed_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "adapters/aws/task_sets.h"

namespace sluice::aws {

/// What is told of a task that has ended stays true: it is described once.
Status FailedTasks::learn(const rollout::ServiceKey& key, const EcsService& service, const std::stop_token& stop) {
  TRY_ASSIGN(const std::vector<std::string> ids, service.stopped_tasks(stop));
  std::map<std::string, EcsTask> stopped;
  std::vector<std::string> unknown;
  {
    const std::lock_guard lock(mutex_);
    const auto& known = known_[key].stopped;
    for (const std::string& id : ids) {
      const auto task = known.find(id);
      if (task != known.end() && task->second.ended) {
        stopped.insert(*task);
      } else {
        unknown.push_back(id);
      }
    }
  }
  TRY_ASSIGN(const std::vector<EcsTask> described, service.describe_tasks(unknown, stop));
  for (const EcsTask& task : described) stopped.insert_or_assign(task.id, task);
  const std::lock_guard lock(mutex_);
  known_[key].stopped = std::move(stopped);
  known_[key].told_at = clock_.now();
  return {};
}

void FailedTasks::came_up(const rollout::ServiceKey& key, const EcsService& service, const std::string& set,
                          const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (known_[key].came_up == set) return;
  }
  if (!learn(key, service, stop)) return;
  const std::lock_guard lock(mutex_);
  Known& known = known_[key];
  known.came_up = set;
  known.before.clear();
  for (const auto& [id, task] : known.stopped) known.before.insert(id);
  known.told.clear();
}

/// Whoever is told so, asks.
bool FailedTasks::is_due(const rollout::ServiceKey& key, const TaskSet& set) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[key];
  const TimePoint now = clock_.now();
  const bool is_short = set.running < set.desired;
  const bool was_asked = std::max(known.asked_at, known.told_at) + kShortestPause > now;
  if (was_asked || (!is_short && known.told_at + kLongestPause > now)) return false;
  known.asked_at = now;
  return true;
}

/// Why they failed, newest first.
std::vector<std::string> FailedTasks::failures(const rollout::ServiceKey& key, const std::string& set) const {
  std::vector<EcsTask> failed;
  const std::lock_guard lock(mutex_);
  const Known& known = known_.at(key);
  for (const auto& [id, task] : known.stopped) {
    const bool is_of_start = known.came_up == set && known.before.contains(id);
    if (task.started_by == set && !task.failure.empty() && !is_of_start) failed.push_back(task);
  }
  std::ranges::sort(failed, std::greater{}, &EcsTask::created_at);
  std::vector<std::string> reasons;
  for (const EcsTask& task : failed) reasons.push_back(task.failure);
  return reasons;
}

std::string FailedTasks::crash_loop(const rollout::ServiceKey& key, const LookedAtSet& looked_at) {
  const std::string& id = looked_at.set.id;
  // Without an answer what was told before holds until the next look.
  if (is_due(key, looked_at.set)) (void)learn(key, looked_at.service, {});
  const std::vector<std::string> reasons = failures(key, id);
  if (std::ssize(reasons) < kCrashLoop) return {};
  {
    const std::lock_guard lock(mutex_);
    const auto& told = known_[key].told[id];
    if (told.first == reasons.size()) return told.second;
  }
  std::string account = fmt::format("it is in a crash loop: {}{}", describe_failures(reasons),
                                    logs_.shown(looked_at.service, looked_at.place, looked_at.revision));
  const std::lock_guard lock(mutex_);
  known_[key].told[id] = {reasons.size(), account};
  return account;
}

}  // namespace sluice::aws
