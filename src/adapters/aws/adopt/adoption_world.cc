#include "adapters/aws/adopt/adoption_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "adapters/aws/adopt/carried_service.h"
#include "adapters/aws/forward_action.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"
#include "adapters/aws/listener_rule.h"
#include "adapters/aws/service_controller.h"
#include "adapters/aws/target_groups.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws::adopt {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostServices = 10;  ///< DescribeServices takes no more.
constexpr int kMostPages = 100;

}  // namespace

bool is_not_active(const Error& error) { return error.message.contains("ServiceNotActiveException"); }

AdoptionWorld::AdoptionWorld(Client& client, rollout::EcsTarget place, AdoptionNotes notes)
    : client_(client), place_(std::move(place)), notes_(std::move(notes)), beside_(client_, place_) {}

Result<json::object> AdoptionWorld::ask(std::string service, std::string operation, std::string resource,
                                        const json::object& input, const std::stop_token& stop) const {
  const Call call{.service = std::move(service), .operation = std::move(operation), .resource = std::move(resource)};
  TRY_ASSIGN(json::value answer, client_.call(call, input, stop));
  if (answer.is_object()) return std::move(answer.get_object());
  if (answer.is_string() || answer.is_null()) return json::object{};  // an empty element
  return Error{ErrorKind::Failed, fmt::format("{} {}: the answer is no object", call.service, call.operation)};
}

Result<adoption::Facts> AdoptionWorld::look(const std::string& from, Look look, std::stop_token stop) {
  adoption::Facts facts;
  TRY(look_at_rules(facts, stop));
  TRY(look_at_services(facts, from, stop));
  TRY(look_at_groups(facts, stop));
  if (facts.beside.status == "ACTIVE") TRY(look_at_task_sets(facts, stop));
  if (look == Look::Whole) TRY(look_around(facts, from, stop));
  return facts;
}

Status AdoptionWorld::look_at_rules(adoption::Facts& facts, const std::stop_token& stop) const {
  TRY_ASSIGN(const auto rules, ListenerRules(client_).read(place_.rules, stop));
  for (const json::object& rule : rules) {
    adoption::Rule& known = facts.rules.emplace_back(adoption::Rule{text_member(rule, "RuleArn"), {}});
    for (const WeightedGroup& group : forwarded_groups(actions_of(rule)))
      known.groups.push_back({group.arn, group.weight});
  }
  return {};
}

Result<std::vector<std::string>> AdoptionWorld::names_of_services(const std::stop_token& stop) const {
  std::vector<std::string> names;
  json::object input{{"cluster", place_.cluster}, {"maxResults", 100}};
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, ask("ecs", "ListServices", "cluster " + place_.cluster, input, stop));
    for (const std::string& arn : texts_in(answer, "serviceArns")) names.push_back(last_part(arn));
    const std::string next = text_member(answer, "nextToken");
    if (next.empty()) break;
    input["nextToken"] = next;
  }
  return names;
}

Result<AdoptionWorld::Objects> AdoptionWorld::services(std::vector<std::string> names,
                                                       const std::stop_token& stop) const {
  Objects found;
  for (std::size_t from = 0; from < names.size(); from += kMostServices) {
    json::array some;
    for (std::size_t i = from; i < std::min(names.size(), from + kMostServices); ++i) some.emplace_back(names[i]);
    TRY_ASSIGN(const json::object answer,
               ask("ecs", "DescribeServices", "services of cluster " + place_.cluster,
                   {{"cluster", place_.cluster}, {"services", some}, {"include", json::array{"TAGS"}}}, stop));
    for (const json::object* each : objects_in(answer, "services")) found.push_back(*each);
  }
  return found;
}

Status AdoptionWorld::look_at_services(adoption::Facts& facts, const std::string& from,
                                       const std::stop_token& stop) const {
  std::set<std::string> names{place_.service};
  if (from.empty()) {
    TRY_ASSIGN(const auto all, names_of_services(stop));
    names.insert(all.begin(), all.end());
  } else {
    names.insert(from);
  }
  TRY_ASSIGN(const Objects found, services({names.begin(), names.end()}, stop));
  for (const json::object& service : found) {
    if (auto today = service_of_today(service)) facts.candidates.push_back(*std::move(today));
    if (text_member(service, "serviceName") != place_.service) continue;
    facts.beside.status = text_member(service, "status");
    facts.beside.controller = controller_of(service);
  }
  return {};
}

Result<std::string> AdoptionWorld::arn_of_group(const std::string& name, const std::stop_token& stop) {
  if (name.starts_with("arn:")) return name;
  if (const auto known = group_arns_.find(name); known != group_arns_.end()) return known->second;
  auto answer = ask("elbv2", "DescribeTargetGroups", "target group " + name, {{"Names", json::array{name}}}, stop);
  if (!answer && answer.error().kind == ErrorKind::NotFound) return std::string();
  if (!answer) return std::move(answer.error());
  const json::object* group = first_object_in(*answer, "TargetGroups");
  return group == nullptr ? std::string() : group_arns_[name] = text_member(*group, "TargetGroupArn");
}

Result<adoption::Group> AdoptionWorld::group(const std::string& name, const std::string& arn,
                                             const std::stop_token& stop) const {
  adoption::Group group{.name = name, .arn = arn};
  if (arn.empty()) return group;
  TRY_ASSIGN(const TargetCounts counts, count_targets(client_, arn, stop));
  group.targets = counts.targets;
  group.healthy = counts.healthy;
  return group;
}

Status AdoptionWorld::look_at_groups(adoption::Facts& facts, const std::stop_token& stop) {
  std::set<std::string> of_today;
  for (const adoption::ServiceOfToday& each : facts.candidates) {
    const auto names_it = [&](const adoption::Rule& rule) {
      return std::ranges::find(rule.groups, each.target_group, &adoption::ForwardedGroup::arn) != rule.groups.end();
    };
    if (std::ranges::any_of(facts.rules, names_it) || facts.candidates.size() == 1) of_today.insert(each.target_group);
  }
  for (const std::string& arn : of_today) {
    TRY_ASSIGN(facts.groups_of_today.emplace_back(), group(arn, arn, stop));
  }
  for (const std::string& name : place_.target_groups) {
    TRY_ASSIGN(const std::string arn, arn_of_group(name, stop));
    const auto known = std::ranges::find(facts.groups_of_today, arn, &adoption::Group::arn);
    if (known != facts.groups_of_today.end()) {
      facts.groups.push_back(*known);
      facts.groups.back().name = name;
    } else {
      TRY_ASSIGN(facts.groups.emplace_back(), group(name, arn, stop));
    }
  }
  return {};
}

Status AdoptionWorld::look_at_task_sets(adoption::Facts& facts, const std::stop_token& stop) const {
  const auto sets = beside_.task_sets(stop);
  if (!sets && sets.error().kind == ErrorKind::NotFound) {  // what was told of the service was behind
    facts.beside.status = "INACTIVE";
    return {};
  }
  if (!sets) return sets.error();
  for (const TaskSet& set : *sets) {
    if (set.status == kDraining) continue;
    adoption::AdoptedTaskSet& known =
        facts.beside.task_sets.emplace_back(adoption::AdoptedTaskSet{.id = set.id,
                                                                     .external_id = set.external_id,
                                                                     .target_group = set.target_group,
                                                                     .is_primary = set.status == kPrimary,
                                                                     .is_steady = set.is_steady,
                                                                     .desired = set.desired,
                                                                     .running = set.running,
                                                                     .failures = 0,
                                                                     .last_failure = ""});
    if (set.is_steady) continue;
    TRY_ASSIGN(const auto failures, beside_.failures_of(set.id, stop));
    known.failures = static_cast<int>(failures.size());
    if (!failures.empty()) known.last_failure = failures.front();
  }
  return {};
}

/// Rules of the same load balancers that stay with the old service, and what scales that.
Status AdoptionWorld::look_around(adoption::Facts& facts, const std::string& from, const std::stop_token& stop) const {
  std::set<std::string> balancers;
  for (const adoption::Group& today : facts.groups_of_today) {
    TRY_ASSIGN(const json::object group, target_group(today.arn, stop));
    for (std::string& arn : texts_in(group, "LoadBalancerArns")) balancers.insert(std::move(arn));
  }
  for (const std::string& balancer : balancers) {
    TRY_ASSIGN(const json::object listeners,
               ask("elbv2", "DescribeListeners", balancer, {{"LoadBalancerArn", balancer}}, stop));
    for (const json::object* listener : objects_in(listeners, "Listeners")) {
      const std::string arn = text_member(*listener, "ListenerArn");
      TRY_ASSIGN(const json::object rules, ask("elbv2", "DescribeRules", arn, {{"ListenerArn", arn}}, stop));
      for (const json::object* rule : objects_in(rules, "Rules")) {
        const std::string rule_arn = text_member(*rule, "RuleArn");
        const auto is_of_today = [&](const WeightedGroup& each) {
          return each.weight > 0 && std::ranges::find(facts.groups_of_today, each.arn, &adoption::Group::arn) !=
                                        facts.groups_of_today.end();
        };
        const bool is_named = std::ranges::find(place_.rules, rule_arn) != place_.rules.end();
        if (!is_named && std::ranges::any_of(forwarded_groups(actions_of(*rule)), is_of_today))
          facts.other_rules.push_back(rule_arn);
      }
    }
  }
  for (const adoption::ServiceOfToday& each : facts.candidates) {
    const bool may_be_it = from.empty() ? std::ranges::find(facts.groups_of_today, each.target_group,
                                                            &adoption::Group::arn) != facts.groups_of_today.end()
                                        : each.name == from;
    if (!may_be_it || each.name == place_.service) continue;
    TRY_ASSIGN(facts.scaling, scaling_of(each.name, stop));
  }
  return {};
}

Result<std::string> AdoptionWorld::scaling_of(const std::string& service, const std::stop_token& stop) const {
  const std::string resource = fmt::format("service/{}/{}", last_part(place_.cluster), service);
  TRY_ASSIGN(const json::object answer, ask("application-autoscaling", "DescribeScalableTargets", resource,
                                            {{"ServiceNamespace", "ecs"},
                                             {"ResourceIds", json::array{resource}},
                                             {"ScalableDimension", "ecs:service:DesiredCount"}},
                                            stop));
  const json::object* target = first_object_in(answer, "ScalableTargets");
  if (target == nullptr) return std::string();
  return fmt::format("Application Auto Scaling ({} to {} tasks)", number_member(*target, "MinCapacity"),
                     number_member(*target, "MaxCapacity"));
}

Result<json::object> AdoptionWorld::target_group(const std::string& arn, const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object answer,
             ask("elbv2", "DescribeTargetGroups", arn, {{"TargetGroupArns", json::array{arn}}}, stop));
  if (const json::object* group = first_object_in(answer, "TargetGroups")) return *group;
  return Error{ErrorKind::NotFound, fmt::format("there is no target group {} any more", arn)};
}

Result<json::object> AdoptionWorld::old_service(const std::string& name, const std::stop_token& stop) const {
  TRY_ASSIGN(Objects found, services({name}, stop));
  if (found.size() == 1) return std::move(found.front());
  return Error{ErrorKind::NotFound,
               fmt::format("there is no service {} in the cluster {} any more", name, place_.cluster)};
}

}  // namespace sluice::aws::adopt
