#include "adapters/aws/codedeploy/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/codedeploy/app_spec_content.h"
#include "adapters/aws/last_part.h"
#include "adapters/aws/repeatable.h"
#include "adapters/aws/target_groups.h"
#include "adapters/aws/task_definition.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws::codedeploy {
namespace {

constexpr Milliseconds kLookAfterLoss{2'000};
constexpr std::string_view kWaits = "STOP_DEPLOYMENT";

Result<rollout::EcsTarget> place_in(const rollout::Revision& revision) {
  const auto* place = std::get_if<rollout::EcsTarget>(&revision.target);
  if (place != nullptr && place->codedeploy) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for CodeDeploy", revision.id)};
}

/// By it a deployment is found again whose id nobody has heard.
std::string description_of(const std::string& revision) { return "sluice " + revision; }

/// CodeDeploy knows target groups by their names: `…:targetgroup/NAME/ID`, or the name itself.
std::string group_name(const std::string& group) {
  constexpr std::string_view kKind = ":targetgroup/";
  const std::size_t kind = group.find(kKind);
  if (kind == std::string::npos) return group;
  const std::string path = group.substr(kind + kKind.size());
  return path.substr(0, path.find('/'));
}

Status check_place(const DeploymentGroup& group, const rollout::EcsTarget& place, const std::string& name) {
  const auto refused = [&](std::string why) { return Error{ErrorKind::Conflict, fmt::format("the {} {}", name, why)}; };
  if (group.platform != "ECS") return refused(fmt::format("is for {}, not for ECS", group.platform));
  if (group.service != last_part(place.service) || last_part(group.cluster) != last_part(place.cluster)) {
    return refused(fmt::format("is of the service {} of cluster {}, and 'aws' names {} of {}", group.service,
                               group.cluster, place.service, place.cluster));
  }
  for (const std::string& own : place.target_groups) {
    if (std::ranges::find(group.target_groups, group_name(own)) != group.target_groups.end()) continue;
    return refused(fmt::format("has the target groups {}, and 'target_groups' names {}",
                               fmt::join(group.target_groups, " and "), group_name(own)));
  }
  return {};
}

/// sluice looks at GREEN before it has traffic, and at BLUE's return until its last bake is judged.
Status check_waits(const DeploymentGroup& group, const rollout::EcsTarget& place, const std::string& name) {
  const std::string update = fmt::format(
      "aws deploy update-deployment-group --application-name {} --current-deployment-group-name {} "
      "--blue-green-deployment-configuration ",
      place.codedeploy->application, place.codedeploy->deployment_group);
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(place.codedeploy->blue_needed).count();
  const std::string option = fmt::format(
      "'deploymentReadyOption={{actionOnTimeout=STOP_DEPLOYMENT,waitTimeInMinutes=60}},"
      "terminateBlueInstancesOnDeploymentSuccess={{action=TERMINATE,terminationWaitTimeInMinutes={}}}'",
      std::max<std::int64_t>(minutes, group.termination_wait_minutes));
  if (group.ready_action != kWaits) {
    return Error{ErrorKind::Conflict,
                 fmt::format("the {} moves traffic as soon as GREEN runs, before sluice has looked at it: let it wait "
                             "({}{})",
                             name, update, option)};
  }
  if (group.termination_wait_minutes >= minutes) return {};
  return Error{
      ErrorKind::Conflict,
      fmt::format("the {} ends BLUE {} min after GREEN has all traffic, and the last bake needs it for {} min: "
                  "let it wait longer ({}{})",
                  name, group.termination_wait_minutes, minutes, update, option)};
}

}  // namespace

struct Fleet::Tools {
  rollout::EcsTarget place;
  Client& client;
  EcsService ecs{client, place};
  CodeDeployApi codedeploy{client, place};
};

Result<std::string> Fleet::revision_of(const EcsService& service, const TaskSet& set, const std::stop_token& stop) {
  TRY_ASSIGN(std::string revision, revisions_.of(service, set.task_definition, stop));
  return revision.empty() ? set.id : revision;
}

Result<std::vector<RevisionSet>> Fleet::revision_sets(Client& client, const rollout::EcsTarget& place,
                                                      const std::stop_token& stop) {
  const EcsService ecs(client, place);
  TRY_ASSIGN(std::vector<TaskSet> sets, ecs.task_sets(stop));
  return with_revisions(std::move(sets), [&](const TaskSet& set) { return revision_of(ecs, set, stop); });
}

Result<std::optional<TaskSet>> Fleet::find(const EcsService& service, const std::vector<TaskSet>& sets,
                                           const std::string& revision, const std::stop_token& stop) {
  for (const TaskSet& set : sets) {
    if (set.status == kDraining) continue;
    TRY_ASSIGN(const std::string own, revision_of(service, set, stop));
    if (own == revision) return std::optional(set);
  }
  return std::optional<TaskSet>();
}

Result<std::vector<TaskSet>> Fleet::fresh(const rollout::ServiceKey& key, const EcsService& service,
                                          const std::stop_token& stop) {
  TRY_ASSIGN(const std::vector<TaskSet> sets, service.task_sets(stop));
  looks_.saw(key, sets);
  return sets;
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  TRY(repeatable(tools.ecs.check(stop)));
  TRY_ASSIGN(const std::string id, repeatable(deployment_for(request, tools, stop)));
  auto ready = wait_until_ready(request, tools, id, stop);
  if (ready) {
    failed_.came_up(request.service, tools.ecs, ready->id, stop);
    return std::vector<ports::Replica>{replica_of(*ready)};
  }
  if (is_retryable(ready.error().kind)) return std::move(ready.error());
  ready.error().message += logs_.shown(tools.ecs, place, request.revision.id);
  const Status stopped = tools.codedeploy.stop(id);
  if (!stopped) ready.error().message += "; and it could not be stopped: " + stopped.error().message;
  return std::move(ready.error());
}

Result<std::string> Fleet::content_for(const ports::FleetStart& request, const Tools& tools,
                                       const std::stop_token& stop) {
  TRY_ASSIGN(const auto sets, fresh(request.service, tools.ecs, stop));
  const TaskSet* const primary = primary_of(sets);
  if (primary == nullptr) return no_primary(tools.ecs);
  TRY_ASSIGN(const std::string definition, tools.ecs.ensure_definition(carried_over(tools.place, *primary),
                                                                       change_of(request.revision, request.dropped),
                                                                       registered_, request.may_have_begun, stop));
  TRY_ASSIGN(int port, port_for(tools.place, tools.ecs, *primary, definition, stop));
  if (port == 0) port = request.revision.port;
  return app_spec_content(tools.place, definition, port);
}

/// The group's last deployment, when it is this revision's; else a new one. CodeDeploy refuses a second one while one
/// is under way, so that a lost answer makes none.
Result<std::string> Fleet::deployment_for(const ports::FleetStart& request, const Tools& tools,
                                          const std::stop_token& stop) {
  std::string content;
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(auto last, tools.codedeploy.last(Priority::Ordinary, stop));
    if (last && !last->rolls_back.empty()) {
      TRY_ASSIGN(const Deployment failed, tools.codedeploy.deployment(last->rolls_back, Priority::Ordinary, stop));
      if (failed.description == description_of(request.revision.id)) return failed.id;
    } else if (last && last->description == description_of(request.revision.id)) {
      return last->id;
    }
    if (last && last->is_active()) {
      return Error{ErrorKind::Conflict,
                   fmt::format("the {} has a deployment under way already, {}: let it end, or stop it (aws deploy "
                               "stop-deployment)",
                               tools.codedeploy.name(), last->id)};
    }
    if (content.empty()) {
      TRY_ASSIGN(content, content_for(request, tools, stop));
    }
    auto made = tools.codedeploy.create(description_of(request.revision.id), content, stop);
    if (made) return made;
    const bool is_open = made.error().kind == ErrorKind::UnknownOutcome || made.error().kind == ErrorKind::Conflict;
    if (!is_open || attempt == kAttempts) return made;
    TRY(options_.pause(kLookAfterLoss * attempt, stop));
  }
}

Result<std::optional<TaskSet>> Fleet::look_at_start(const ports::FleetStart& request, const Tools& tools,
                                                    const std::string& id, std::string& progress,
                                                    const std::stop_token& stop) {
  TRY_ASSIGN(const Deployment deployment, tools.codedeploy.deployment(id, Priority::Ordinary, stop));
  progress = deployment.account();
  const bool has_ended = !deployment.is_active() && deployment.status != "Succeeded";
  if (has_ended) return Error{ErrorKind::Failed, deployment.account()};
  TRY_ASSIGN(const auto sets, fresh(request.service, tools.ecs, stop));
  TRY_ASSIGN(const auto set, find(tools.ecs, sets, request.revision.id, stop));
  if (!set) return std::optional<TaskSet>();
  if (deployment.is_ready() || deployment.status == "Succeeded") return set;
  TRY_ASSIGN(const auto failures, tools.ecs.failures_of(set->id, stop));
  if (std::ssize(failures) >= FailedTasks::kCrashLoop) {
    return Error{ErrorKind::Failed,
                 fmt::format("the task set {} is in a crash loop: {}", set->id, describe_failures(failures))};
  }
  progress += fmt::format("; {} of {} tasks run, {} are pending; {}", set->running, set->desired, set->pending,
                          describe_failures(failures));
  return std::optional<TaskSet>();
}

Result<TaskSet> Fleet::wait_until_ready(const ports::FleetStart& request, const Tools& tools, const std::string& id,
                                        const std::stop_token& stop) {
  const TimePoint deadline = clock_.now() + request.revision.health.within;
  std::string progress;
  for (Milliseconds poll = kFirstPoll;; poll = std::min(poll * 2, kSlowestPoll)) {
    auto look = look_at_start(request, tools, id, progress, stop);
    if (look && *look) return **look;
    // Calls that fail for a while end no start: the deadline does.
    if (!look && !is_retryable(look.error().kind)) return std::move(look.error());
    if (!look) progress = look.error().message;
    if (clock_.now() >= deadline) {
      return Error{ErrorKind::TimedOut, fmt::format("GREEN is not ready for traffic after {}: {}",
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
  auto sets = looks_.recent(service);
  if (!sets) {
    TRY_ASSIGN(sets, fresh(service, ecs, {}));
  }
  TRY_ASSIGN(const auto set, find(ecs, *sets, revision_id, {}));
  if (!set) return std::vector<ports::Replica>{};
  ports::Replica replica = replica_of(*set);
  if (both_colours_run(*sets)) replica.crash_loop = failed_.crash_loop(service, {ecs, *place, *set, revision_id});
  return std::vector<ports::Replica>{std::move(replica)};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token stop) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  TRY_ASSIGN(const auto sets, fresh(request.service, tools.ecs, stop));
  TRY_ASSIGN(const auto set, find(tools.ecs, sets, request.revision.id, stop));
  if (set && set->running > 0) return replica_of(*set);
  if (set) {
    return Error{ErrorKind::Unavailable, fmt::format("none of the {} tasks of the task set {} runs; ECS starts them "
                                                     "again",
                                                     set->desired, set->id)};
  }
  TRY_ASSIGN(const auto last, tools.codedeploy.last(Priority::Ordinary, stop));
  return Error{ErrorKind::NotFound,
               fmt::format("CodeDeploy has ended the task set of revision {} of the {}{}", request.revision.id,
                           tools.ecs.name(), last ? ": " + last->account() : "")};
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds /*grace*/) {
  const auto place = options_.place_of(service);
  if (!place || !place->codedeploy) return {};
  TRY_ASSIGN(Client* const client, clients_.get(place->region, place->role));
  const Tools tools{*place, *client};
  TRY_ASSIGN(const auto last, tools.codedeploy.last(Priority::Ordinary, {}));
  const bool is_under_way = last && last->is_active() && last->rolls_back.empty();
  const bool is_ours = is_under_way && last->description == description_of(revision_id);
  // Also before its task set is there: it would be made afterwards.
  if (is_ours) TRY(tools.codedeploy.stop(last->id));
  TRY_ASSIGN(const auto sets, fresh(service, tools.ecs, {}));
  TRY_ASSIGN(const auto set, find(tools.ecs, sets, revision_id, {}));
  const bool is_at_its_end = is_under_way && last->blue_waits;
  if (!set && !is_ours && !is_at_its_end) return {};
  if (set && set->status == kPrimary && !is_ours && !is_under_way) {
    return Error{ErrorKind::Conflict, fmt::format("task set {} is the primary one of the {}: it is left as it is",
                                                  set->id, tools.ecs.name())};
  }
  if (set && !is_ours && is_at_its_end) TRY(tools.codedeploy.go_on(last->id, WaitType::Termination));
  return Error{ErrorKind::Unavailable, fmt::format("CodeDeploy has not ended the task set of revision {} yet{}",
                                                   revision_id, last ? ": " + last->account() : "")};
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

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  const Tools tools{place, *client};
  TRY(tools.ecs.check({}));
  TRY_ASSIGN(const DeploymentGroup group, tools.codedeploy.group(Priority::Ordinary, {}));
  TRY(check_place(group, place, tools.codedeploy.name()));
  TRY(check_waits(group, place, tools.codedeploy.name()));
  TRY_ASSIGN(const rollout::CodeDeployMoves moves, tools.codedeploy.moves({}));
  const rollout::CodeDeployMoves& meant = place.codedeploy->moves;
  if (shares_of(moves) != shares_of(meant) || moves.interval != meant.interval) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("CodeDeploy's configuration {} goes by {} every {}; 'steps' and 'every' of '{}' say {} every "
                    "{}",
                    place.codedeploy->configuration, rollout::describe_shares(shares_of(moves)),
                    format_duration(moves.interval), service.service, rollout::describe_shares(shares_of(meant)),
                    format_duration(meant.interval))};
  }
  TRY_ASSIGN(const auto sets, fresh(service, tools.ecs, {}));
  const TaskSet* const primary = primary_of(sets);
  if (primary == nullptr) return no_primary(tools.ecs);
  TRY_ASSIGN(const std::string revision, revision_of(tools.ecs, *primary, {}));
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(*client, place, Priority::Ordinary, {}));
  TRY_ASSIGN(auto found, serving_of(tools.ecs, groups, *primary, wanted, revision));
  return std::optional(std::move(found));
}

}  // namespace sluice::aws::codedeploy
