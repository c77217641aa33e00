#include "adapters/aws/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/digest.h"
#include "adapters/aws/repeatable.h"
#include "adapters/aws/target_groups.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws {
namespace {

constexpr std::size_t kTokenLength = 32;

Result<rollout::EcsTarget> place_in(const rollout::Revision& revision) {
  if (const auto* place = std::get_if<rollout::EcsTarget>(&revision.target)) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for ECS", revision.id)};
}

}  // namespace

std::string Fleet::external_id(const std::string& revision) const {
  return fmt::format("sluice-{}-{}", options_.owner, revision);
}

/// Task sets that this sluice did not make have their own names as ids.
std::string Fleet::revision_of(const TaskSet& set) const {
  const std::string own = external_id("");
  if (set.external_id.starts_with(own)) return set.external_id.substr(own.size());
  return set.external_id.empty() ? set.id : set.external_id;
}

Result<std::vector<RevisionSet>> Fleet::revision_sets(Client& client, const rollout::EcsTarget& place,
                                                      const std::stop_token& stop) const {
  TRY_ASSIGN(std::vector<TaskSet> sets, EcsService(client, place).task_sets(stop));
  return with_revisions(std::move(sets), [this](const TaskSet& set) { return revision_of(set); });
}

const TaskSet* Fleet::find(const std::vector<TaskSet>& sets, const std::string& revision) const {
  for (const TaskSet& set : sets) {
    if (revision_of(set) == revision && set.status != kDraining) return &set;
  }
  return nullptr;
}

Result<std::vector<TaskSet>> Fleet::fresh(const rollout::ServiceKey& key, const EcsService& service,
                                          const std::stop_token& stop) {
  TRY_ASSIGN(const std::vector<TaskSet> sets, service.task_sets(stop));
  looks_.saw(key, sets);
  return sets;
}

Result<std::vector<TaskSet>> Fleet::recent(const rollout::ServiceKey& key, const EcsService& service) {
  if (auto seen = looks_.recent(key)) return *std::move(seen);
  return fresh(key, service, {});
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const EcsService service(*client, place);
  TRY(repeatable(service.check(stop)));
  TRY_ASSIGN(const auto sets, repeatable(fresh(request.service, service, stop)));
  const TaskSet* const there = find(sets, request.revision.id);
  TaskSet set;
  if (there != nullptr) {
    set = *there;
  } else {
    TRY(repeatable(scale_in_.hold(request.service, place, stop)));
    TRY_ASSIGN(set, repeatable(create(request, service, sets, place, stop)));
  }
  auto steady = wait_until_steady(request, service, set.id, stop);
  if (steady) {
    failed_.came_up(request.service, service, set.id, stop);
    return std::vector<ports::Replica>{replica_of(*steady)};
  }
  const ErrorKind kind = steady.error().kind;
  if (kind == ErrorKind::Failed || kind == ErrorKind::TimedOut) {
    steady.error().message += logs_.shown(service, place, request.revision.id);
  }
  // One that was there before this call is the caller's to stop: it may serve.
  if (there == nullptr) {
    const Status deleted = service.delete_task_set(set.id, {});
    if (!deleted) steady.error().message += "; and it could not be deleted: " + deleted.error().message;
  }
  return std::move(steady.error());
}

Result<std::string> Fleet::free_target_group(const std::vector<TaskSet>& sets, const rollout::EcsTarget& place,
                                             const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(*client, place, Priority::Ordinary, stop));
  // The tasks of one that drains are being deregistered: they get no new requests.
  for (const std::string& group : groups) {
    const auto uses = [&](const TaskSet& set) { return set.target_group == group && set.status != kDraining; };
    if (std::ranges::none_of(sets, uses)) return group;
  }
  std::string users;
  for (const TaskSet& set : sets) users += fmt::format("{}{} ({})", users.empty() ? "" : ", ", set.id, set.status);
  return Error{
      ErrorKind::Conflict,
      fmt::format("both target groups of the service {} are in use, by the task sets {}: delete the one that is not "
                  "needed",
                  place.service, users)};
}

Status Fleet::check_nobody_is_in(Client& client, const std::string& group, int looks,
                                 const std::stop_token& stop) const {
  for (int look = 1;; ++look) {
    TRY_ASSIGN(const TargetCounts counts, count_targets(client, group, stop));
    if (counts.targets == 0) return {};
    if (look >= looks) {
      return Error{
          ErrorKind::Conflict,
          fmt::format("the target group {} has {} targets that no task set of this service made, and they would "
                      "get GREEN's requests: stop those tasks. After `sluice adopt` they are the old "
                      "service's: delete it, or set its desired count to 0",
                      group, counts.targets)};
    }
    TRY(options_.pause(kFirstPoll, stop));
  }
}

Result<TaskSet> Fleet::create(const ports::FleetStart& request, const EcsService& service,
                              const std::vector<TaskSet>& sets, const rollout::EcsTarget& place,
                              const std::stop_token& stop) {
  const TaskSet* const primary = primary_of(sets);
  if (primary == nullptr) return no_primary(service);
  // A revision may be deployed again later: then another task set is primary, and the token another one.
  TaskSetRequest wanted{.token = sha1_hex(request.revision.id + " " + primary->id).substr(0, kTokenLength),
                        .external_id = external_id(request.revision.id)};
  TRY_ASSIGN(wanted.target_group, free_target_group(sets, place, stop));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  if (const Status alone = check_nobody_is_in(*client, wanted.target_group, kLooksForTargets, stop); !alone) {
    // They may be those of a task set that an earlier attempt made, and that did not show yet.
    TRY_ASSIGN(const auto now, fresh(request.service, service, stop));
    if (const TaskSet* const own = find(now, request.revision.id)) return *own;
    return alone.error();
  }
  TRY_ASSIGN(wanted.task_definition,
             service.ensure_definition(carried_over(place, *primary), change_of(request.revision, request.dropped),
                                       registered_, request.may_have_begun, stop));
  TRY_ASSIGN(wanted.port, port_for(place, service, *primary, wanted.task_definition, stop));
  if (wanted.port == 0) wanted.port = request.revision.port;
  return create_where_there_is_room(request, service, *primary, wanted, stop);
}

Result<TaskSet> Fleet::create_where_there_is_room(const ports::FleetStart& request, const EcsService& service,
                                                  const TaskSet& primary, const TaskSetRequest& wanted,
                                                  const std::stop_token& stop) {
  const Milliseconds within = request.revision.health.within;
  const TimePoint deadline = clock_.now() + within;
  for (Milliseconds poll = kFirstPoll;; poll = std::min(poll * 2, kSlowestPoll)) {
    auto made = service.create_task_set(primary, wanted, stop);
    if (made || !has_no_room(made.error())) return made;
    TRY_ASSIGN(const auto sets, fresh(request.service, service, stop));
    const bool may_come = std::ranges::find(sets, kDraining, &TaskSet::status) != sets.end();
    if (!may_come || clock_.now() >= deadline) return no_room(service, sets, within);
    TRY(options_.pause(poll, stop));
  }
}

Result<Fleet::StartLook> Fleet::look_at_start(const rollout::ServiceKey& key, const EcsService& service,
                                              const std::string& id, const std::stop_token& stop) {
  TRY_ASSIGN(const auto sets, fresh(key, service, stop));
  const auto set = std::ranges::find(sets, id, &TaskSet::id);
  // Reads may be behind: one that has just been made need not be told of yet.
  if (set == sets.end()) return StartLook{.is_missing = true, .progress = "ECS does not tell of it"};
  if (set->status == kDraining) return Error{ErrorKind::Failed, "it was deleted by somebody else while it started"};
  if (set->desired == 0) {
    return Error{ErrorKind::Failed, "it wants no task: set the desired count of the ECS service above 0"};
  }
  // Also of one that is steady: between two crashes it is, for a moment.
  TRY_ASSIGN(const auto failures, service.failures_of(id, stop));
  if (std::ssize(failures) >= FailedTasks::kCrashLoop) {
    return Error{ErrorKind::Failed, fmt::format("it is in a crash loop: {}", describe_failures(failures))};
  }
  StartLook look{.failed = failures.size(),
                 .progress = fmt::format("{} of {} tasks run, {} are pending; {}", set->running, set->desired,
                                         set->pending, describe_failures(failures))};
  if (set->is_steady && set->running >= set->desired) look.steady = *set;
  return look;
}

Result<TaskSet> Fleet::wait_until_steady(const ports::FleetStart& request, const EcsService& service,
                                         const std::string& id, const std::stop_token& stop) {
  const TimePoint deadline = clock_.now() + request.revision.health.within;
  const std::string what = fmt::format("task set {} of the {}", id, service.name());
  std::string progress;
  int missing = 0;         ///< Looks in a row that did not tell of it.
  std::size_t failed = 0;  ///< Tasks of it at the last look.
  for (Milliseconds poll = kFirstPoll;; poll = std::min(poll * 2, kSlowestPoll)) {
    auto look = look_at_start(request.service, service, id, stop);
    // Calls that fail for a while end no start: the deadline does.
    if (!look && !is_retryable(look.error().kind)) return with_context(std::move(look), what);
    if (look && look->steady && look->failed == failed) return *look->steady;
    if (look) failed = look->failed;
    missing = look && look->is_missing ? missing + 1 : 0;
    if (missing == kGone) return Error{ErrorKind::Failed, what + ": it was deleted by somebody else while it started"};
    progress = look ? look->progress : look.error().message;
    if (clock_.now() >= deadline) {
      return Error{ErrorKind::TimedOut, fmt::format("{} is not steady after {}: {}", what,
                                                    format_duration(request.revision.health.within), progress)};
    }
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - clock_.now());
    TRY(options_.pause(std::clamp(left, Milliseconds{1}, poll), stop));
  }
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  const auto place = options_.place_of(service);
  if (!place) return std::vector<ports::Replica>{};
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  const EcsService ecs(*client, *place);
  TRY_ASSIGN(const auto sets, recent(service, ecs));
  const TaskSet* const set = find(sets, revision_id);
  if (set == nullptr) return std::vector<ports::Replica>{};
  ports::Replica replica = replica_of(*set);
  if (both_colours_run(sets)) replica.crash_loop = failed_.crash_loop(service, {ecs, *place, *set, revision_id});
  return std::vector<ports::Replica>{std::move(replica)};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const EcsService service(*client, place);
  TRY_ASSIGN(const auto sets, fresh(request.service, service, stop));
  const TaskSet* const set = find(sets, request.revision.id);
  if (set == nullptr) {
    return Error{ErrorKind::NotFound,
                 fmt::format("the task set of revision {} of the {} is gone; ECS cannot start it again: "
                             "deploy the revision anew",
                             request.revision.id, service.name())};
  }
  TRY_ASSIGN(const TaskSet steady, wait_until_steady(request, service, set->id, stop));
  return replica_of(steady);
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds /*grace*/) {
  const auto place = options_.place_of(service);
  if (!place) return {};
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  const EcsService ecs(*client, *place);
  TRY_ASSIGN(const auto sets, fresh(service, ecs, {}));
  const TaskSet* const set = find(sets, revision_id);
  if (set == nullptr) return release_scale_in(service, *place, sets);
  if (set->status == kPrimary) {
    const auto heir = std::ranges::find_if(sets, [&](const TaskSet& other) {
      return other.id != set->id && other.status != kDraining && other.running > 0;
    });
    if (heir == sets.end()) {
      return Error{ErrorKind::Conflict,
                   fmt::format("task set {} is the primary one of the {}, and no other runs that could "
                               "take its place: it is left as it is",
                               set->id, ecs.name())};
    }
    TRY(ecs.make_primary(heir->id, {}));
  }
  TRY(ecs.delete_task_set(set->id, {}));
  TRY_ASSIGN(std::vector<TaskSet> left, fresh(service, ecs, {}));
  std::erase_if(left, [&](const TaskSet& other) { return other.id == set->id; });  // reads may be behind
  return release_scale_in(service, *place, left);
}

Status Fleet::release_scale_in(const rollout::ServiceKey& service, const rollout::EcsTarget& place,
                               const std::vector<TaskSet>& sets) {
  return both_colours_run(sets) ? Status() : scale_in_.release(service, place);
}

Status Fleet::run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                       std::stop_token) {
  return Error{ErrorKind::InvalidInput, "a release command is not supported for 'target: aws' yet"};
}

Result<std::vector<std::string>> Fleet::log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                                 int lines) {
  const auto place = options_.place_of(service);
  if (!place) return Error{ErrorKind::NotFound, fmt::format("{} is not in ECS", service.to_string())};
  return logs_.tail(*place, revision_id, lines, {});
}

Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> Fleet::list() {
  std::vector<std::pair<rollout::ServiceKey, std::string>> found;
  for (const rollout::ServiceKey& key : options_.services()) {
    const auto place = options_.place_of(key);
    if (!place) continue;
    TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
    TRY_ASSIGN(const auto sets, recent(key, EcsService(*client, *place)));
    for (const TaskSet& set : sets) {
      const bool is_ours = set.external_id.starts_with(external_id(""));
      if (is_ours && set.status != kPrimary && set.status != kDraining) found.emplace_back(key, revision_of(set));
    }
  }
  return found;
}

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const EcsService ecs(*client, place);
  TRY(ecs.check({}));
  TRY_ASSIGN(const auto sets, fresh(service, ecs, {}));
  const TaskSet* const primary = primary_of(sets);
  if (primary == nullptr) return no_primary(ecs);
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(*client, place, Priority::Ordinary, {}));
  TRY_ASSIGN(auto found, serving_of(ecs, groups, *primary, wanted, revision_of(*primary)));
  const std::string& free = groups[index_of(rollout::other(found.slot))];
  // Those of a task set that is going away leave it, too.
  const auto leaves = [&free](const TaskSet& set) { return set.target_group == free; };
  if (std::ranges::none_of(sets, leaves)) TRY(check_nobody_is_in(*client, free, kLooksForTargets, {}));
  return std::optional(std::move(found));
}

}  // namespace sluice::aws
