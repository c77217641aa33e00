#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/adopt/adoption_world.h"
#include "adapters/aws/adopt/carried_service.h"
#include "adapters/aws/forward_action.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/listener_rule.h"

namespace sluice::aws::adopt {
namespace {

namespace json = boost::json;

constexpr int kAll = 100;

}  // namespace

Status AdoptionWorld::carry_out(const adoption::Step& step, const std::string& from, std::stop_token stop) {
  struct Visitor {
    AdoptionWorld& world;
    const std::stop_token& stop;
    Status operator()(const adoption::MakeGroup& step) const { return world.make_group(step, stop); }
    Status operator()(const adoption::NameInRules& step) const { return world.name_in_rules(step, stop); }
    Status operator()(const adoption::MakeService& step) const { return world.make_service(step, stop); }
    Status operator()(const adoption::MakeTaskSet& step) const { return world.make_task_set(step, stop); }
    Status operator()(const adoption::AwaitHealthy&) const { return {}; }
    Status operator()(const adoption::Shift& step) const { return world.shift(step, stop); }
    Status operator()(const adoption::MakePrimary& step) const {
      return world.beside_.make_primary(step.task_set, stop);
    }
    Status operator()(const adoption::DeleteService& step) const { return world.delete_service(step, stop); }
  };
  Status done = std::visit(Visitor{*this, stop}, step);
  if (done) return done;
  return with_context(std::move(done), fmt::format("taking over the service {}", from));
}

/// Names of target groups are unique: a repeat of the same call answers the one that is there.
Status AdoptionWorld::make_group(const adoption::MakeGroup& step, const std::stop_token& stop) {
  if (step.name.starts_with("arn:")) {
    return Error{ErrorKind::NotFound, fmt::format("there is no target group {}", step.name)};
  }
  TRY_ASSIGN(const json::object like, target_group(step.like, stop));
  TRY(notes_.note_group(step.name));
  TRY(ask("elbv2", "CreateTargetGroup", "target group " + step.name, group_like(like, step.name), stop));
  return {};
}

/// Before one of them is used; those that this adoption made only.
Status AdoptionWorld::copy_attributes(const std::string& like, const std::stop_token& stop) {
  TRY_ASSIGN(const AdoptionNote note, notes_.note());
  if (note.made_groups.empty()) return {};
  TRY_ASSIGN(const json::object answer,
             ask("elbv2", "DescribeTargetGroupAttributes", like, {{"TargetGroupArn", like}}, stop));
  const json::array* attributes = array_member(answer, "Attributes");
  if (attributes == nullptr || attributes->empty()) return {};
  for (const std::string& name : note.made_groups) {
    TRY_ASSIGN(const std::string arn, arn_of_group(name, stop));
    if (arn.empty()) continue;
    TRY(ask("elbv2", "ModifyTargetGroupAttributes", arn,
            {{"TargetGroupArn", arn}, {"Attributes", attributes_with_values(*attributes)}}, stop));
  }
  return {};
}

Status AdoptionWorld::name_in_rules(const adoption::NameInRules& step, const std::stop_token& stop) {
  TRY(copy_attributes(step.beside, stop));
  return write_weights(step.group, step.beside, 0, stop);
}

Status AdoptionWorld::shift(const adoption::Shift& step, const std::stop_token& stop) {
  return write_weights(step.group, step.beside, step.share.basis_points() / (Weight::kFull / kAll), stop);
}

Status AdoptionWorld::write_weights(const std::string& group, const std::string& beside, int share,
                                    const std::stop_token& stop) {
  TRY_ASSIGN(const std::string arn, arn_of_group(group, stop));
  if (arn.empty()) return Error{ErrorKind::Unavailable, fmt::format("the target group {} does not show yet", group)};
  const TargetGroupPair pair{beside, arn};
  const ListenerRules rules(client_);
  TRY_ASSIGN(const auto read, rules.read(place_.rules, stop));
  for (const json::object& rule : read) {
    const std::string rule_arn = text_member(rule, "RuleArn");
    const auto about = [&](const Error& error) {
      return Error{error.kind, fmt::format("listener rule {}: {}. As it was before, it is in {}", rule_arn,
                                           error.message, notes_.rule_path(rule_arn))};
    };
    const auto weights = weights_of(actions_of(rule), pair);
    if (!weights) return about(weights.error());
    if (weights->b == 0) TRY(notes_.keep_rule(rule));
    if (weights->has_a && weights->has_b && weights->a == kAll - share && weights->b == share) continue;
    const auto actions = with_weights(actions_of(rule), pair, kAll - share, share);
    if (!actions) return about(actions.error());
    TRY(rules.write_actions(rule, *actions, stop));
  }
  return {};
}

Status AdoptionWorld::make_service(const adoption::MakeService& step, const std::stop_token& stop) const {
  TRY_ASSIGN(const json::object old, old_service(step.like, stop));
  TRY_ASSIGN(const AdoptionNote note, notes_.note());
  json::object input = service_beside(old, step.name, note.id);
  input["cluster"] = place_.cluster;
  TRY(ask("ecs", "CreateService", beside_.name(), input, stop));
  return {};
}

Status AdoptionWorld::make_task_set(const adoption::MakeTaskSet& step, const std::stop_token& stop) {
  TRY_ASSIGN(const json::object old, old_service(step.like, stop));
  TRY_ASSIGN(const AdoptionNote note, notes_.note());
  TRY_ASSIGN(const std::string group, arn_of_group(step.group, stop));
  json::object input = first_task_set(old, step, group, note.id + "-first");
  input["cluster"] = place_.cluster;
  input["service"] = place_.service;
  TRY(ask("ecs", "CreateTaskSet", beside_.name(), input, stop));
  return {};
}

/// The note goes first: a next adoption must not repeat the tokens of a service that is gone.
Status AdoptionWorld::delete_service(const adoption::DeleteService& step, const std::stop_token& stop) const {
  TRY(notes_.forget());
  auto answer = ask("ecs", "DeleteService", beside_.name(),
                    {{"cluster", place_.cluster}, {"service", step.name}, {"force", true}}, stop);
  if (answer || answer.error().kind == ErrorKind::NotFound || is_not_active(answer.error())) return {};
  return std::move(answer.error());
}

}  // namespace sluice::aws::adopt
