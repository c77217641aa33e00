#include "core/adoption/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace sluice::adoption {
namespace {

constexpr std::string_view kExternal = "EXTERNAL";

/// What the rules and groups say when they are put together.
struct Places {
  const ServiceOfToday* old = nullptr;
  const Group* today = nullptr;     ///< The old service's.
  const Group* tomorrow = nullptr;  ///< The one of the two named ones that the first task set gets.
};

Error conflict(std::string message) { return {ErrorKind::Conflict, std::move(message)}; }

std::string last_part(const std::string& text) { return text.substr(text.rfind('/') + 1); }

bool forwards_to(const std::vector<Rule>& rules, const std::string& group) {
  return std::ranges::any_of(rules, [&](const Rule& rule) {
    return std::ranges::any_of(rule.groups, [&](const ForwardedGroup& each) { return each.arn == group; });
  });
}

const ForwardedGroup* find(const Rule& rule, const std::string& group) {
  const auto found = std::ranges::find(rule.groups, group, &ForwardedGroup::arn);
  return found == rule.groups.end() ? nullptr : &*found;
}

Result<const ServiceOfToday*> old_service(const Wanted& wanted, const Facts& facts) {
  std::vector<const ServiceOfToday*> found;
  for (const ServiceOfToday& each : facts.candidates) {
    const bool is_asked_for =
        wanted.from.empty() ? forwards_to(facts.rules, each.target_group) : each.name == wanted.from;
    if (is_asked_for && each.name != wanted.service) found.push_back(&each);
  }
  if (found.size() == 1) return found.front();
  if (!wanted.from.empty()) {
    return Error{
        ErrorKind::NotFound,
        wanted.from == wanted.service
            ? fmt::format("'{}' is what sluice.yaml names as the service beside: write a name that no service "
                          "has into 'service', and today's one behind --from",
                          wanted.from)
            : fmt::format("the cluster {} has no service {} behind a load balancer", wanted.cluster, wanted.from)};
  }
  if (found.empty()) {
    const bool is_itself = std::ranges::any_of(facts.candidates, [&](const ServiceOfToday& each) {
      return each.name == wanted.service && each.controller != kExternal;
    });
    if (is_itself) {
      return conflict(fmt::format(
          "sluice.yaml names {}, the service of today, and AWS names no way to make its deployment controller "
          "EXTERNAL: "
          "write the name of one beside it into 'service', such as {}-sluice, which is made, and say --from {}",
          wanted.service, wanted.service, wanted.service));
    }
    return Error{ErrorKind::NotFound,
                 fmt::format("no service of the cluster {} has its tasks in a target group that the rules forward to: "
                             "name the one to take over with --from",
                             wanted.cluster)};
  }
  std::vector<std::string> names;
  for (const ServiceOfToday* each : found) names.push_back(each->name);
  return conflict(
      fmt::format("the services {} have their tasks in target groups that the rules forward to: name the "
                  "one to take over with --from",
                  fmt::join(names, " and ")));
}

Status check_old_service(const Wanted& wanted, const ServiceOfToday& old) {
  if (old.controller == kExternal) {
    return conflict(
        fmt::format("the service {} has the deployment controller EXTERNAL already: name it in 'service', "
                    "there is nothing to take over",
                    old.name));
  }
  if (!old.uncarriable.empty()) {
    return conflict(fmt::format("the service {} cannot be taken over: {}", old.name, fmt::join(old.uncarriable, "; ")));
  }
  if (old.container != wanted.container) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the service {} has the container {} behind the load balancer, not {}: write that into "
                             "'container'",
                             old.name, old.container, wanted.container)};
  }
  if (old.is_moving) {
    return conflict(
        fmt::format("a deployment of the service {} is under way: let it end, then say it again", old.name));
  }
  if (old.desired > 0) return {};
  return conflict(fmt::format("the service {} wants no task: set its desired count above 0", old.name));
}

const Group* find_group(const std::vector<Group>& groups, const std::string& arn) {
  const auto found = std::ranges::find(groups, arn, &Group::arn);
  return found == groups.end() ? nullptr : &*found;
}

/// That each rule forwards to the two and to no third one.
Status check_rules(const Facts& facts, const Places& places) {
  for (const Rule& rule : facts.rules) {
    if (rule.groups.empty()) {
      return conflict(fmt::format("listener rule {} forwards to no target group: leave it out of 'rules'", rule.arn));
    }
    for (const ForwardedGroup& each : rule.groups) {
      if (each.weight == 0 || each.arn == places.today->arn || each.arn == places.tomorrow->arn) continue;
      return conflict(
          fmt::format("listener rule {} gives weight {} to the target group {}, which is neither that of "
                      "the service {} nor free for the one beside it",
                      rule.arn, each.weight, each.arn, places.old->name));
    }
  }
  return {};
}

Result<Places> places_of(const Wanted& wanted, const Facts& facts) {
  Places places;
  TRY_ASSIGN(places.old, old_service(wanted, facts));
  places.today = find_group(facts.groups_of_today, places.old->target_group);
  if (places.today == nullptr) {
    return Error{ErrorKind::NotFound,
                 fmt::format("the service {} has no target group that is there", places.old->name)};
  }
  if (const AdoptedTaskSet* set = task_set_of(facts); set != nullptr) {
    places.tomorrow = find_group(facts.groups, set->target_group);
  }
  for (const Group& group : facts.groups) {
    if (places.tomorrow == nullptr && group.arn != places.today->arn) places.tomorrow = &group;
  }
  if (places.tomorrow == nullptr || places.tomorrow->arn == places.today->arn) {
    return conflict(
        fmt::format("the service beside {} needs a target group of its own among 'target_groups'", places.old->name));
  }
  return places;
}

Weight share_in(const Rule& rule, const std::string& group) {
  long all = 0;
  for (const ForwardedGroup& each : rule.groups) all += each.weight;
  const ForwardedGroup* own = group.empty() ? nullptr : find(rule, group);
  if (own == nullptr || all == 0) return Weight::none();
  return Weight::from_basis_points(static_cast<int>(own->weight * Weight::kFull / all)).value_or(Weight::none());
}

Shares shares_in(const Facts& facts, const std::string& group) {
  Shares shares{Weight::full(), Weight::none()};
  for (const Rule& rule : facts.rules) {
    const Weight share = share_in(rule, group);
    shares = {std::min(shares.least, share), std::max(shares.most, share)};
  }
  return facts.rules.empty() ? Shares{} : shares;
}

Status check_beside(const Wanted& wanted, const Facts& facts, const std::string& external_id) {
  const ServiceBeside& beside = facts.beside;
  if (!beside.is_there()) return {};
  if (beside.status != "ACTIVE") {
    return conflict(fmt::format("the service {} is being deleted ({}): wait until it is gone, then say it again",
                                wanted.service, beside.status));
  }
  if (beside.controller != kExternal) {
    return conflict(fmt::format(
        "there is a service {} already, with the deployment controller {}: write a name that no service has "
        "into 'service'",
        wanted.service, beside.controller));
  }
  for (const AdoptedTaskSet& set : beside.task_sets) {
    if (set.external_id == external_id) continue;
    return conflict(
        fmt::format("the service {} has the task set {} ({}), which is no adoption's: it is deployed to "
                    "already",
                    wanted.service, set.id, set.external_id.empty() ? "no external id" : set.external_id));
  }
  return {};
}

void add_groups(Plan& plan, const Facts& facts, const Places& places) {
  for (const Group& group : facts.groups) {
    if (group.arn.empty()) plan.steps.emplace_back(MakeGroup{group.name, places.today->arn});
  }
  const std::string& tomorrow = places.tomorrow->arn;
  const bool is_named = !tomorrow.empty() && std::ranges::all_of(facts.rules, [&](const Rule& rule) {
    return find(rule, tomorrow) != nullptr;
  });
  if (!is_named) plan.steps.emplace_back(NameInRules{places.tomorrow->name, places.today->arn});
}

void add_shifts(Plan& plan, const Wanted& wanted, const Facts& facts, const Places& places, Weight baked) {
  const Weight share = shares_in(facts, places.tomorrow->arn).least;
  for (const rollout::TrafficStep& step : wanted.steps) {
    if (step.weight <= baked || step.weight < share) continue;
    plan.steps.emplace_back(Shift{places.tomorrow->name, places.today->arn, step.weight, step.bake});
  }
}

void add_notes(Plan& plan, const Wanted& wanted, const Facts& facts, const Places& places) {
  const ServiceOfToday& old = *places.old;
  plan.notes.push_back(fmt::format(
      "the service {} and its {} tasks stay as they are; deploy to it no more (stop its {}), and delete it when {} has "
      "served long enough: aws ecs delete-service --cluster {} --service {} --force",
      old.name, old.desired, old.controller == "CODE_DEPLOY" ? "CodeDeploy deployment group" : "pipeline",
      wanted.service, wanted.cluster, old.name));
  plan.notes.push_back(
      "no alarm is watched: both run the same task definition. When the new tasks are healthy no more "
      "while requests move, all requests go back");
  const bool shares_group =
      std::ranges::any_of(facts.groups, [&](const Group& each) { return each.arn == places.today->arn; });
  if (shares_group) {
    plan.notes.push_back(
        fmt::format("the first `sluice deploy` puts its tasks into {}, and is refused while tasks of {} "
                    "are there",
                    places.today->label(), old.name));
  }
  if (!facts.scaling.empty()) {
    plan.notes.push_back(
        fmt::format("autoscaling is not carried over: {} is scaled by {}. Register service/{}/{} likewise", old.name,
                    facts.scaling, last_part(wanted.cluster), wanted.service));
  }
  for (const std::string& rule : facts.other_rules) {
    plan.notes.push_back(
        fmt::format("the rule {} forwards to {}, too, and sluice.yaml does not name it: it stays with {}", rule,
                    places.today->label(), old.name));
  }
}

Plan plan_of(const ServiceOfToday& old) {
  return {.from = old.name,
          .controller = old.controller,
          .task_definition = old.task_definition,
          .desired = old.desired,
          .steps = {},
          .notes = {}};
}

}  // namespace

std::string external_id_of(const std::string& from) { return "adopted-from-" + from; }

const AdoptedTaskSet* task_set_of(const Facts& facts) {
  return facts.beside.task_sets.empty() ? nullptr : &facts.beside.task_sets.front();
}

Result<Shares> shares_of(const Wanted& wanted, const Facts& facts) {
  TRY_ASSIGN(const Places places, places_of(wanted, facts));
  return shares_in(facts, places.tomorrow->arn);
}

bool can_serve(const Wanted& wanted, const Facts& facts) {
  const auto places = places_of(wanted, facts);
  return places && places->tomorrow->healthy > 0;
}

Result<Plan> plan_adoption(const Wanted& wanted, const Facts& facts, Weight baked) {
  TRY_ASSIGN(const Places places, places_of(wanted, facts));
  const ServiceOfToday& old = *places.old;
  const std::string external_id = external_id_of(old.name);
  TRY(check_beside(wanted, facts, external_id));
  const AdoptedTaskSet* set = task_set_of(facts);
  const std::string& tomorrow = places.tomorrow->arn;
  Plan plan = plan_of(old);
  const Weight share = shares_in(facts, tomorrow).least;
  const bool is_done = set != nullptr && set->is_primary && share == Weight::full();
  if (is_done) return plan;
  TRY(check_old_service(wanted, old));
  TRY(check_rules(facts, places));
  add_groups(plan, facts, places);
  if (!facts.beside.is_there()) plan.steps.emplace_back(MakeService{wanted.service, old.name});
  if (set == nullptr) {
    if (!facts.beside.is_there() && places.tomorrow->targets > 0) {
      return conflict(
          fmt::format("the target group {} has {} targets of somebody else's: name one that is free in "
                      "'target_groups'",
                      places.tomorrow->label(), places.tomorrow->targets));
    }
    plan.steps.emplace_back(
        MakeTaskSet{external_id, old.name, old.task_definition, places.tomorrow->name, wanted.container, old.port});
  }
  const bool is_healthy = set != nullptr && set->is_steady && set->desired > 0 && set->running >= set->desired &&
                          places.tomorrow->healthy >= set->desired;
  if (!is_healthy && share == Weight::none()) {
    plan.steps.emplace_back(AwaitHealthy{places.tomorrow->name});
  }
  add_shifts(plan, wanted, facts, places, baked);
  if (set == nullptr || !set->is_primary) plan.steps.emplace_back(MakePrimary{set == nullptr ? "" : set->id});
  add_notes(plan, wanted, facts, places);
  return plan;
}

Result<Plan> plan_way_back(const Wanted& wanted, const Facts& facts) {
  TRY_ASSIGN(const Places places, places_of(wanted, facts));
  const ServiceOfToday& old = *places.old;
  if (facts.beside.status != "DRAINING") TRY(check_beside(wanted, facts, external_id_of(old.name)));
  Plan plan = plan_of(old);
  const std::string& tomorrow = places.tomorrow->arn;
  if (shares_in(facts, tomorrow).most > Weight::none()) {
    TRY(check_rules(facts, places));
    if (old.running < 1 || places.today->healthy < 1) {
      return conflict(
          fmt::format("the service {} has {} of {} tasks and {} healthy targets: nothing goes back to it. "
                      "Set its desired count above 0 and wait until it is healthy",
                      old.name, old.running, old.desired, places.today->healthy));
    }
    plan.steps.emplace_back(Shift{places.tomorrow->name, places.today->arn, Weight::none(), wanted.drain});
  }
  if (facts.beside.is_there() && facts.beside.status != "DRAINING") {
    plan.steps.emplace_back(DeleteService{wanted.service});
  }
  return plan;
}

std::string progress_of(const Wanted& wanted, const Facts& facts) {
  const AdoptedTaskSet* set = task_set_of(facts);
  const auto places = places_of(wanted, facts);
  if (set == nullptr || !places) return "ECS does not tell of the task set";
  return fmt::format("{} of {} tasks run, {} healthy in {}{}", set->running, set->desired, places->tomorrow->healthy,
                     places->tomorrow->label(),
                     set->failures == 0 ? "" : fmt::format("; {} failed: {}", set->failures, set->last_failure));
}

}  // namespace sluice::adoption
