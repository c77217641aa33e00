#include "adapters/aws/task_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/performance_events.h"
#include "adapters/aws/task_definition.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws {
namespace {

constexpr int kShownLines = 10;

/// `web/chatbot/0f1e…` is that of the task `0f1e…`.
std::string task_of(const std::string& stream) { return stream.substr(stream.rfind('/') + 1); }

/// What DescribeTasks would take for one; another container's stream may begin alike.
bool is_task_id(const std::string& text) {
  constexpr std::size_t kLongest = 36;
  return !text.empty() && text.size() <= kLongest && text.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

std::map<std::string, Result<std::vector<LogEvent>>> without_task_sets(const EcsService& service,
                                                                       const std::set<std::string>& revisions) {
  std::map<std::string, Result<std::vector<LogEvent>>> lines;
  for (const std::string& revision : revisions) {
    lines.emplace(revision, Error{ErrorKind::NotFound,
                                  fmt::format("the {} has no task set of revision {}", service.name(), revision)});
  }
  return lines;
}

std::string share_a_definition(const std::pair<const std::string, std::string>& known, const std::string& revision) {
  return fmt::format("the revisions {} and {} have the same task definition {}, which alone tells their tasks apart",
                     known.second, revision, known.first);
}

/// Filter patterns that the tasks of all definitions pass together.
std::vector<std::string> patterns_of(const std::map<std::string, std::string>& definitions) {
  std::vector<std::string> patterns;
  std::vector<std::string> some;
  for (const auto& [definition, revision] : definitions) {
    some.push_back(definition);
    if (some.size() < kDefinitionsOfPattern) continue;
    patterns.push_back(pattern_of_tasks(some));
    some.clear();
  }
  if (!some.empty()) patterns.push_back(pattern_of_tasks(some));
  return patterns;
}

RevisionLines without_insights(const rollout::EcsTarget& place, RevisionLines lines) {
  for (auto& [revision, of] : lines.lines) {
    if (of) of = Error{ErrorKind::NotFound, how_to_enable_insights(place.cluster, place.region)};
  }
  return lines;
}

}  // namespace

Result<std::vector<RevisionSet>> with_revisions(std::vector<TaskSet> sets,
                                                const std::function<Result<std::string>(const TaskSet&)>& revision_of) {
  std::vector<RevisionSet> found;
  for (TaskSet& set : sets) {
    TRY_ASSIGN(std::string revision, revision_of(set));
    found.push_back({std::move(set), std::move(revision)});
  }
  return found;
}

Result<LogPlace> TaskLogs::logs_of(const EcsService& service, const rollout::EcsTarget& place,
                                   const std::string& definition, const std::stop_token& stop) {
  const std::string key = definition + " " + place.container;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = places_.find(key); known != places_.end()) return known->second;
  }
  TRY_ASSIGN(const boost::json::object described, service.task_definition(definition, stop));
  auto logs = log_place_of(described, place.container, place.region);
  const std::lock_guard lock(mutex_);
  if (places_.size() > kMostDefinitions) places_.clear();
  places_.insert_or_assign(key, logs);  // a definition never changes
  return logs;
}

TaskLogs::Origins TaskLogs::known_origins(const rollout::EcsTarget& place) const {
  const std::lock_guard lock(mutex_);
  const auto known = origins_.find({place.cluster, place.service});
  return known == origins_.end() ? Origins() : known->second;
}

Result<TaskLogs::Origins> TaskLogs::learn_origins(const rollout::EcsTarget& place, const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const std::vector<RevisionSet> sets, sets_of_(*client, place, stop));
  const std::lock_guard lock(mutex_);
  Origins& origins = origins_[{place.cluster, place.service}];
  if (origins.size() > kMostDefinitions) origins.clear();
  for (const auto& [set, revision] : sets) origins[set.id] = {revision, set.task_definition};
  return origins;
}

std::string TaskLogs::set_of(const std::string& task) const {
  const std::lock_guard lock(mutex_);
  const auto known = sets_.find(task);
  return known == sets_.end() ? std::string() : known->second;
}

/// Of tasks that are gone, or that are another service's with the same prefix, it is remembered that nobody knows them.
Status TaskLogs::learn_tasks(const EcsService& service, const std::vector<LogEvent>& events,
                             const std::stop_token& stop) {
  std::set<std::string> unknown;
  {
    const std::lock_guard lock(mutex_);
    if (sets_.size() > kMostTasks) sets_.clear();
    for (const LogEvent& event : events) {
      const std::string task = task_of(event.stream);
      if (is_task_id(task) && !sets_.contains(task)) unknown.insert(task);
    }
  }
  TRY_ASSIGN(const auto tasks, service.describe_tasks({unknown.begin(), unknown.end()}, stop));
  const std::lock_guard lock(mutex_);
  for (const std::string& id : unknown) sets_[id];
  for (const EcsTask& task : tasks) sets_[task.id] = task.started_by;
  return {};
}

/// The lines of all places that the wanted revisions log to; `result` says of each revision whether it has one.
Result<TaskLogs::Events> TaskLogs::read_places(const EcsService& service, const rollout::EcsTarget& place,
                                               const Origins& origins, TimePoint from, RevisionLines& result,
                                               const std::stop_token& stop) {
  Events events;
  for (const auto& [id, set] : origins) {
    const auto lines = result.lines.find(set.revision);
    if (lines == result.lines.end() || lines->second) continue;
    auto logs = logs_of(service, place, set.definition, stop);
    if (!logs) {
      if (logs.error().kind != ErrorKind::NotFound) return std::move(logs.error());
      lines->second = std::move(logs.error());
      continue;
    }
    lines->second = std::vector<LogEvent>();
    if (events.contains(*logs)) continue;
    TRY_ASSIGN(Client* const there, clients_.get(logs->region, place.role));
    TRY_ASSIGN(LogSpan span, possible_errors(*there, *logs, from, result.until, stop));
    TRY(learn_tasks(service, span.events, stop));
    result.until = std::min(result.until, span.until);
    events.emplace(*logs, std::move(span.events));
  }
  return events;
}

/// Of a task set that none of the known ones is: a revision that was deployed anew.
bool TaskLogs::has_strangers(const Events& events, const Origins& origins) const {
  const auto is_strangers = [&](const LogEvent& event) {
    const std::string set = set_of(task_of(event.stream));
    return !set.empty() && !origins.contains(set);
  };
  return std::ranges::any_of(events, [&](const auto& of) { return std::ranges::any_of(of.second, is_strangers); });
}

/// ECS is asked only where a revision is wanted that none of the known ones is of.
Result<TaskLogs::Origins> TaskLogs::origins_of(const rollout::EcsTarget& place, const std::set<std::string>& revisions,
                                               const std::stop_token& stop) {
  Origins origins = known_origins(place);
  const auto is_known = [&](const std::string& revision) {
    return std::ranges::any_of(origins, [&](const auto& set) { return set.second.revision == revision; });
  };
  if (std::ranges::all_of(revisions, is_known)) return origins;
  return learn_origins(place, stop);
}

/// ECS is asked about task sets only where a revision is wanted, or a line was written, that none of the known ones is
/// of.
Result<RevisionLines> TaskLogs::read(const rollout::EcsTarget& place, const std::set<std::string>& revisions,
                                     TimePoint from, TimePoint until, const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const EcsService service(*client, place);
  TRY_ASSIGN(Origins origins, origins_of(place, revisions, stop));
  RevisionLines result{.lines = without_task_sets(service, revisions), .until = until};
  TRY_ASSIGN(Events events, read_places(service, place, origins, from, result, stop));
  if (has_strangers(events, origins)) {
    TRY_ASSIGN(origins, learn_origins(place, stop));
  }
  for (auto& [logs, told] : events) {
    for (LogEvent& event : told) {
      const auto origin = origins.find(set_of(task_of(event.stream)));
      if (origin == origins.end() || event.at >= result.until) continue;
      const auto lines = result.lines.find(origin->second.revision);
      if (lines != result.lines.end() && lines->second) lines->second->push_back(std::move(event));
    }
  }
  return result;
}

Result<RevisionLines> TaskLogs::read_performance(const rollout::EcsTarget& place,
                                                 const std::set<std::string>& revisions, TimePoint from,
                                                 TimePoint until, const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const Origins origins, origins_of(place, revisions, stop));
  RevisionLines result{.lines = without_task_sets(EcsService(*client, place), revisions), .until = until};
  std::map<std::string, std::string> wanted;  // revisions by their task definitions
  for (const auto& [id, set] : origins) {
    if (!revisions.contains(set.revision)) continue;
    const auto [known, is_new] = wanted.emplace(family_and_revision(set.definition), set.revision);
    if (!is_new && known->second != set.revision)
      return Error{ErrorKind::Conflict, share_a_definition(*known, set.revision)};
    result.lines.insert_or_assign(set.revision, std::vector<LogEvent>());
  }
  const LogPlace logs{.region = place.region, .group = performance_log_group(place.cluster), .stream_prefix = ""};
  for (const std::string& pattern : patterns_of(wanted)) {
    auto span = matching_lines(*client, logs, pattern, from, result.until, stop);
    if (!span && span.error().kind == ErrorKind::NotFound) return without_insights(place, std::move(result));
    if (!span) return std::move(span.error());
    result.until = std::min(result.until, span->until);
    for (LogEvent& event : span->events) {
      const auto sample = read_task_sample(event.text);
      const auto revision = sample ? wanted.find(sample->definition) : wanted.end();
      if (revision != wanted.end()) result.lines.at(revision->second)->push_back(std::move(event));
    }
  }
  return result;
}

/// A revision that is deployed anew has two: the one that does not drain.
Result<TaskSet> TaskLogs::set_of_revision(const rollout::EcsTarget& place, const std::string& revision,
                                          const std::stop_token& stop) const {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(std::vector<RevisionSet> sets, sets_of_(*client, place, stop));
  std::ranges::stable_partition(sets, [](const RevisionSet& each) { return each.set.status != kDraining; });
  const auto found = std::ranges::find(sets, revision, &RevisionSet::revision);
  if (found != sets.end()) return found->set;
  return Error{ErrorKind::NotFound, fmt::format("ECS does not tell of the tasks of revision {} of the service {} of "
                                                "cluster {}",
                                                revision, place.service, place.cluster)};
}

Result<std::vector<std::string>> TaskLogs::tail(const rollout::EcsTarget& place, const std::string& revision, int lines,
                                                const std::stop_token& stop) {
  TRY_ASSIGN(const TaskSet set, set_of_revision(place, revision, stop));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  return tail_of(place, set, EcsService(*client, place).tasks_of(set.id, stop), lines, stop);
}

std::string TaskLogs::shown(const EcsService& service, const rollout::EcsTarget& place, const std::string& revision) {
  const auto set = set_of_revision(place, revision, {});
  if (!set) return "; " + set.error().message;
  auto tasks = service.failed_tasks_of(set->id, {});
  if (!tasks || tasks->empty()) tasks = service.tasks_of(set->id, {});
  const auto lines = tail_of(place, *set, tasks, kShownLines, {});
  if (!lines) return "; " + lines.error().message;
  std::string shown;
  for (const std::string& line : *lines) shown += "\n" + line;
  return shown;
}

Result<std::vector<std::string>> TaskLogs::tail_of(const rollout::EcsTarget& place, const TaskSet& set,
                                                   const Result<std::vector<EcsTask>>& told, int lines,
                                                   const std::stop_token& stop) {
  TRY_ASSIGN(const std::vector<EcsTask> tasks, told);
  if (tasks.empty()) return Error{ErrorKind::NotFound, fmt::format("ECS tells of no task of the task set {}", set.id)};
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const LogPlace logs, logs_of(EcsService(*client, place), place, set.task_definition, stop));
  TRY_ASSIGN(Client* const there, clients_.get(logs.region, place.role));
  std::vector<std::string> streams;
  for (std::size_t i = 0; i < std::min(tasks.size(), kTasksOfTail); ++i) {
    streams.push_back(logs.stream_prefix + tasks[i].id);
  }
  return last_lines_of(*there, logs.group, streams, lines, stop);
}

}  // namespace sluice::aws
