#include "adapters/aws/native/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"
#include "adapters/aws/native/gates.h"
#include "adapters/aws/native/place_check.h"
#include "adapters/aws/repeatable.h"
#include "adapters/aws/target_groups.h"
#include "adapters/aws/task_definition.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

constexpr Milliseconds kLookAfterLoss{2'000};

Result<rollout::EcsTarget> place_in(const rollout::Revision& revision) {
  const auto* place = std::get_if<rollout::EcsTarget>(&revision.target);
  if (place != nullptr && place->native) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for ECS's own deployments", revision.id)};
}

Result<json::object> configuration_for(const rollout::EcsTarget& place, const json::object& service,
                                       const std::string& name) {
  const json::object* const now = object_member(service, "deploymentConfiguration");
  auto configuration = with_gates(now == nullptr ? json::object() : *now, *place.native);
  if (!configuration) return with_context(std::move(configuration), "the " + name);
  return configuration;
}

}  // namespace

struct Fleet::Tools {
  rollout::EcsTarget place;
  Client& client;
  EcsService tasks{client, place};
  NativeService ecs{client, place};
};

Result<std::string> Fleet::revision_of(const Tools& tools, const std::string& definition, const std::stop_token& stop) {
  TRY_ASSIGN(std::string revision, revisions_.of(tools.tasks, definition, stop));
  return revision.empty() ? last_part(definition) : revision;
}

Result<std::vector<RevisionSet>> Fleet::fresh(const rollout::ServiceKey& key, const Tools& tools,
                                              const std::stop_token& stop) {
  TRY_ASSIGN(const json::object service, tools.tasks.describe(stop));
  TRY_ASSIGN(auto sets, tools.ecs.task_sets(service, stop));
  std::string goes;  ///< The definition of a GREEN that goes back.
  const std::string current = text_member(service, "currentServiceDeployment");
  if (!current.empty()) {
    TRY_ASSIGN(const ServiceDeployment deployment, tools.ecs.deployment(current, Priority::Ordinary, stop));
    if (deployment.is_going_back() && !deployment.target.empty()) {
      TRY_ASSIGN(const auto target, tools.ecs.revisions({deployment.target}, Priority::Ordinary, stop));
      if (!target.empty()) goes = target.front().task_definition;
    }
  }
  std::erase_if(sets, [&](const TaskSet& set) { return set.task_definition == goes; });
  TRY_ASSIGN(auto found, labelled(tools, std::move(sets), stop));
  looks_.saw(key, found);
  return found;
}

/// Of a GREEN that goes back, too.
Result<std::vector<RevisionSet>> Fleet::revision_sets(Client& client, const rollout::EcsTarget& place,
                                                      const std::stop_token& stop) {
  const Tools tools{place, client};
  TRY_ASSIGN(const json::object service, tools.tasks.describe(stop));
  TRY_ASSIGN(std::vector<TaskSet> sets, tools.ecs.task_sets(service, stop));
  return labelled(tools, std::move(sets), stop);
}

Result<std::vector<RevisionSet>> Fleet::labelled(const Tools& tools, std::vector<TaskSet> sets,
                                                 const std::stop_token& stop) {
  return with_revisions(std::move(sets),
                        [&](const TaskSet& set) { return revision_of(tools, set.task_definition, stop); });
}

Result<std::optional<TaskSet>> Fleet::find(const rollout::ServiceKey& key, const Tools& tools,
                                           const std::string& revision, const std::stop_token& stop) {
  TRY_ASSIGN(const auto running, fresh(key, tools, stop));
  const auto found = std::ranges::find(running, revision, &RevisionSet::revision);
  return found == running.end() ? std::optional<TaskSet>() : std::optional(found->set);
}

Status Fleet::pause_until(TimePoint deadline, Milliseconds poll, const std::stop_token& stop) const {
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline - clock_.now());
  return options_.pause(std::clamp(left, Milliseconds{1}, poll), stop);
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  const TimePoint deadline = clock_.now() + request.revision.health.within;
  TRY_ASSIGN(const bool serves, repeatable(serves_already(request, tools, stop)));
  if (serves) {
    TRY_ASSIGN(const ports::Replica replica, restart(request, 0, stop));
    return std::vector<ports::Replica>{replica};
  }
  TRY_ASSIGN(const std::string arn, repeatable(deployment_for(request, tools, deadline, stop)));
  auto paused = wait_until_paused(request, tools, arn, deadline, stop);
  if (paused) {
    failed_.came_up(request.service, tools.tasks, paused->id, stop);
    return std::vector<ports::Replica>{replica_of(*paused)};
  }
  if (is_retryable(paused.error().kind)) return std::move(paused.error());
  paused.error().message += logs_.shown(tools.tasks, place, request.revision.id);
  const Status taken_back = tools.ecs.take_back(arn);
  if (!taken_back) paused.error().message += "; and it could not be taken back: " + taken_back.error().message;
  return std::move(paused.error());
}

/// Nothing is under way, and the service deploys this revision: ECS keeps its tasks running.
Result<bool> Fleet::serves_already(const ports::FleetStart& request, const Tools& tools, const std::stop_token& stop) {
  TRY_ASSIGN(const json::object service, tools.tasks.describe(stop));
  TRY_ASSIGN(const std::string revision, revision_of(tools, text_member(service, "taskDefinition"), stop));
  if (revision != request.revision.id) return false;
  TRY_ASSIGN(const auto last, tools.ecs.last(Priority::Ordinary, stop));
  return !last || !last->is_active();
}

/// The ARN of the revision's deployment: the one that was begun before, else a new one.
Result<std::string> Fleet::deployment_for(const ports::FleetStart& request, const Tools& tools, TimePoint deadline,
                                          const std::stop_token& stop) {
  for (int attempt = 1;;) {
    auto last = last_deployment(tools.ecs, notes_, request.service, Priority::Ordinary, stop);
    const bool is_late = clock_.now() >= deadline;
    if (last && last->is_ours && last->note->revision == request.revision.id) return last->deployment->arn;
    if (!last && (!is_retryable(last.error().kind) || is_late)) return std::move(last.error());
    if (last && last->is_active()) {
      if (last->is_foreign()) return foreign_deployment(tools.ecs, *last->deployment);
      return Error{ErrorKind::Conflict, fmt::format("the deployment of revision {} has not ended yet: {}",
                                                    last->note->revision, last->deployment->account())};
    }
    if (is_late) return Error{ErrorKind::TimedOut, "ECS does not tell of the deployment that it was asked for"};
    if (last && attempt <= kAttempts) {
      const Status begun = begin(request, tools, *last, stop);
      if (!begun && begun.error().kind != ErrorKind::UnknownOutcome) return begun.error();
      // ECS begins none of a definition that it deploys already, so that asking again after a lost answer is safe.
      attempt = begun ? kAttempts + 1 : attempt + 1;
    }
    TRY(pause_until(deadline, kLookAfterLoss, stop));
  }
}

Status Fleet::begin(const ports::FleetStart& request, const Tools& tools, const LastDeployment& last,
                    const std::stop_token& stop) {
  TRY_ASSIGN(const json::object service, tools.tasks.describe(stop));
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(tools.client, tools.place, Priority::Ordinary, stop));
  TRY(check_place(service, tools.place, groups, tools.ecs.name()));
  TRY_ASSIGN(const json::object configuration, configuration_for(tools.place, service, tools.ecs.name()));
  TRY_ASSIGN(const std::string definition, tools.tasks.ensure_definition(text_member(service, "taskDefinition"),
                                                                         change_of(request.revision, request.dropped),
                                                                         registered_, request.may_have_begun, stop));
  const bool is_noted = last.note && last.note->revision == request.revision.id && last.note->definition == definition;
  if (!is_noted) {
    const std::string before = last.deployment ? last.deployment->arn : "";
    TRY(notes_.note(request.service, {request.revision.id, definition, before}));
  }
  return tools.ecs.begin(definition, configuration, stop);
}

Result<std::optional<TaskSet>> Fleet::look_at_start(const ports::FleetStart& request, const Tools& tools,
                                                    const std::string& arn, std::string& progress,
                                                    const std::stop_token& stop) {
  TRY_ASSIGN(const ServiceDeployment deployment, tools.ecs.deployment(arn, Priority::Ordinary, stop));
  progress = fmt::format("{} at {}", deployment.account(), deployment.stage.empty() ? "its begin" : deployment.stage);
  const bool has_succeeded = deployment.status == "SUCCESSFUL";
  if (!has_succeeded && (!deployment.is_active() || deployment.is_going_back())) {
    return Error{ErrorKind::Failed, deployment.account()};
  }
  TRY_ASSIGN(const auto set, find(request.service, tools, request.revision.id, stop));
  if (!set || set->target_group.empty()) return std::optional<TaskSet>();
  // Past its first traffic step it is when this is asked again after a crash.
  if (has_succeeded || deployment.share != Weight::none() || !deployment.pauses.empty()) return set;
  TRY_ASSIGN(const auto failures, tools.tasks.failures_of(set->id, stop));
  if (std::ssize(failures) >= FailedTasks::kCrashLoop) {
    return Error{ErrorKind::Failed, fmt::format("GREEN is in a crash loop: {}", describe_failures(failures))};
  }
  progress += fmt::format("; {} of {} tasks run, {} are pending; {}", set->running, set->desired, set->pending,
                          describe_failures(failures));
  return std::optional<TaskSet>();
}

Result<TaskSet> Fleet::wait_until_paused(const ports::FleetStart& request, const Tools& tools, const std::string& arn,
                                         TimePoint deadline, const std::stop_token& stop) {
  std::string progress;
  for (Milliseconds poll = kFirstPoll;; poll = std::min(poll * 2, kSlowestPoll)) {
    auto look = look_at_start(request, tools, arn, progress, stop);
    if (look && *look) return **look;
    // Calls that fail for a while end no start: the deadline does.
    if (!look && !is_retryable(look.error().kind)) return std::move(look.error());
    if (!look) progress = look.error().message;
    if (clock_.now() >= deadline) {
      return Error{ErrorKind::TimedOut, fmt::format("GREEN is not ready for traffic after {}: {}",
                                                    format_duration(request.revision.health.within), progress)};
    }
    TRY(pause_until(deadline, poll, stop));
  }
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  const auto place = options_.place_of(service);
  if (!place || !place->native) return std::vector<ports::Replica>{};
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  const Tools tools{*place, *client};
  auto running = looks_.recent(service);
  if (!running) {
    TRY_ASSIGN(running, fresh(service, tools, {}));
  }
  const auto found = std::ranges::find(*running, revision_id, &RevisionSet::revision);
  if (found == running->end()) return std::vector<ports::Replica>{};
  ports::Replica replica = replica_of(found->set);
  if (running->size() > 1) {  // one that ECS has replaced is none of them
    replica.crash_loop = failed_.crash_loop(service, {tools.tasks, tools.place, found->set, revision_id});
  }
  return std::vector<ports::Replica>{std::move(replica)};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  TRY_ASSIGN(const auto set, find(request.service, tools, request.revision.id, stop));
  if (set && set->running > 0) return replica_of(*set);
  if (set) {
    return Error{ErrorKind::Unavailable,
                 fmt::format("none of the {} tasks of {} runs; ECS starts them again", set->desired, set->id)};
  }
  TRY_ASSIGN(const auto last, tools.ecs.last(Priority::Ordinary, stop));
  return Error{ErrorKind::NotFound,
               fmt::format("ECS has ended the tasks of revision {} of the {}{}", request.revision.id, tools.ecs.name(),
                           last ? ": " + last->account() : "")};
}

/// Whether the service has this definition: it has from the moment at which a deployment of it is begun.
Result<bool> Fleet::is_deployed(const Tools& tools, const std::string& definition) const {
  TRY_ASSIGN(const json::object service, tools.tasks.describe({}));
  return text_member(service, "taskDefinition") == definition;
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds /*grace*/) {
  const auto place = options_.place_of(service);
  if (!place || !place->native) return {};
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  const Tools tools{*place, *client};
  TRY_ASSIGN(const LastDeployment last, last_deployment(tools.ecs, notes_, service, Priority::Ordinary, {}));
  if (!last.is_active()) {
    TRY_ASSIGN(const bool is_begun,
               last.is_awaited() ? is_deployed(tools, last.note->definition) : Result<bool>(false));
    if (is_begun) return Error{ErrorKind::Unavailable, "ECS does not tell of the deployment that it was asked for"};
    TRY(fresh(service, tools, {}));
    return last.note ? notes_.forget(service) : Status();
  }
  const ServiceDeployment& deployment = *last.deployment;
  if (last.is_foreign()) return foreign_deployment(tools.ecs, deployment);
  const bool is_green = last.note->revision == revision_id;
  if (is_green && !deployment.is_going_back()) TRY(tools.ecs.take_back(deployment.arn));
  if (!is_green && deployment.share == Weight::full()) TRY(tools.ecs.go_on(deployment));
  return Error{ErrorKind::Unavailable, fmt::format("ECS has not ended the tasks of revision {} yet: {} at {}",
                                                   revision_id, deployment.account(), deployment.stage)};
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
  return std::vector<std::pair<rollout::ServiceKey, std::string>>{};
}

Result<std::string> Fleet::serving_definition(const Tools& tools, const LastDeployment& last,
                                              const json::object& service, const std::stop_token& stop) const {
  if (!last.is_active()) return text_member(service, "taskDefinition");
  TRY_ASSIGN(const auto sources, tools.ecs.revisions(last.deployment->sources, Priority::Ordinary, stop));
  if (!sources.empty()) return sources.front().task_definition;
  return Error{ErrorKind::NotFound, last.deployment->account() + ", and has nothing that serves besides"};
}

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  TRY_ASSIGN(const json::object described, tools.tasks.describe({}));
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(*client, place, Priority::Ordinary, {}));
  TRY(check_place(described, place, groups, tools.ecs.name()));
  TRY(configuration_for(place, described, tools.ecs.name()));
  TRY_ASSIGN(const LastDeployment last, last_deployment(tools.ecs, notes_, service, Priority::Ordinary, {}));
  if (last.is_foreign()) return foreign_deployment(tools.ecs, *last.deployment);
  TRY_ASSIGN(const std::string definition, serving_definition(tools, last, described, {}));
  TRY_ASSIGN(const auto sets, tools.ecs.task_sets(described, {}));
  const auto primary = std::ranges::find(sets, definition, &TaskSet::task_definition);
  if (primary == sets.end()) {
    return Error{ErrorKind::NotFound,
                 fmt::format("the {} runs nothing yet: let its first deployment end", tools.ecs.name())};
  }
  TRY_ASSIGN(const std::string revision, revision_of(tools, definition, {}));
  TRY_ASSIGN(auto found, serving_of(tools.tasks, groups, *primary, wanted, revision));
  return std::optional(std::move(found));
}

}  // namespace sluice::aws::native
