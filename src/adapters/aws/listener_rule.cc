#include "adapters/aws/listener_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/json_member.h"
#include "core/rollout/target.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::string_view kRuleKind = ":listener-rule/";

Call urgent(std::string operation, std::string resource) {
  return {.service = "elbv2",
          .operation = std::move(operation),
          .resource = std::move(resource),
          .repeat = Repeat::Safe,  // the whole state is written
          .priority = Priority::Urgent};
}

}  // namespace

json::array actions_of(const json::object& rule) {
  const json::array* actions = array_member(rule, "Actions");
  return actions == nullptr ? json::array{} : *actions;
}

std::string load_balancer_of(const std::string& rule_arn) {
  const std::size_t kind = rule_arn.find(kRuleKind);
  if (kind == std::string::npos) return {};
  std::string path = rule_arn.substr(kind + kRuleKind.size());
  for (int i = 0; i < 2; ++i) path = path.substr(0, path.rfind('/'));
  return path;
}

Result<std::vector<std::optional<json::object>>> ListenerRules::look(const std::vector<std::string>& arns,
                                                                     const std::stop_token& stop) const {
  const std::string what = arns.size() == 1 ? arns.front() : fmt::format("{} rules", arns.size());
  json::array names;
  for (const std::string& arn : arns) names.emplace_back(arn);
  std::vector<std::optional<json::object>> found(arns.size());
  const auto answer = client_.call(urgent("DescribeRules", what), {{"RuleArns", names}}, stop);
  if (!answer && answer.error().kind != ErrorKind::NotFound) return answer.error();
  if (!answer && arns.size() == 1) return found;
  for (std::size_t i = 0; i < arns.size(); ++i) {
    if (!answer) {  // AWS answers nothing at all when one of them is gone
      TRY_ASSIGN(auto one, look({arns[i]}, stop));
      found[i] = std::move(one.front());
      continue;
    }
    if (!answer->is_object()) continue;
    const auto rules = objects_in(answer->get_object(), "Rules");
    const auto rule = std::ranges::find(rules, arns[i], [](const auto* r) { return text_member(*r, "RuleArn"); });
    if (rule != rules.end()) found[i] = **rule;
  }
  return found;
}

Result<std::vector<json::object>> ListenerRules::read(const std::vector<std::string>& arns,
                                                      const std::stop_token& stop) const {
  TRY_ASSIGN(auto looked, look(arns, stop));
  std::vector<json::object> result;
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < arns.size(); ++i) {
    if (looked[i]) {
      result.push_back(*std::move(looked[i]));
    } else {
      gone.push_back(arns[i]);
    }
  }
  if (gone.empty()) return result;
  return Error{ErrorKind::NotFound, fmt::format("there is no listener rule {} any more", fmt::join(gone, ", "))};
}

Status ListenerRules::write_actions(const json::object& rule, const json::array& actions,
                                    const std::stop_token& stop) const {
  const std::string arn = text_member(rule, "RuleArn");
  const bool is_default = text_member(rule, "IsDefault") == "true";
  if (is_default) {
    TRY(client_.call(urgent("ModifyListener", arn),
                     {{"ListenerArn", rollout::listener_of(arn)}, {"DefaultActions", actions}}, stop));
    return {};
  }
  TRY(client_.call(urgent("ModifyRule", arn), {{"RuleArn", arn}, {"Actions", actions}}, stop));
  return {};
}

}  // namespace sluice::aws
