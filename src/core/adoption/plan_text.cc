#include <fmt/format.h>

#include <set>

#include "core/adoption/plan.h"

namespace sluice::adoption {
namespace {

using Actions = std::set<std::string>;

struct Describe {
  std::string operator()(const MakeGroup& step) const {
    return fmt::format("make the target group {} like {}, with its health check and attributes", step.name,
                       name_of_group(step.like));
  }
  std::string operator()(const NameInRules& step) const {
    return fmt::format(
        "name {} in the listener rules with weight 0, so that its health checks run; a copy of each rule "
        "as it is now is kept",
        name_of_group(step.group));
  }
  std::string operator()(const MakeService& step) const {
    return fmt::format("make the service {} beside {}, with the deployment controller EXTERNAL and as many tasks",
                       step.name, step.like);
  }
  std::string operator()(const MakeTaskSet& step) const {
    return fmt::format("make its first task set with {}, network, platform and capacity of {}, in {}",
                       step.task_definition.substr(step.task_definition.rfind('/') + 1), step.like,
                       name_of_group(step.group));
  }
  std::string operator()(const AwaitHealthy& step) const {
    return fmt::format("wait until all its tasks are healthy in {}", name_of_group(step.group));
  }
  std::string operator()(const Shift& step) const {
    if (step.share == Weight::none()) return fmt::format("move all requests back to {}", name_of_group(step.beside));
    return fmt::format(
        "move {} of the requests to {}{}", step.share.to_string(), name_of_group(step.group),
        step.bake == Milliseconds{0} ? "" : fmt::format(", and watch its health for {}", format_duration(step.bake)));
  }
  std::string operator()(const MakePrimary&) const {
    return "make the task set primary: from then on `sluice deploy` works";
  }
  std::string operator()(const DeleteService& step) const {
    return fmt::format("delete the service {} with its tasks", step.name);
  }
};

struct AddActions {
  Actions& actions;
  void operator()(const MakeGroup&) const {
    actions.insert({"elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DescribeTargetGroupAttributes",
                    "elasticloadbalancing:ModifyTargetGroupAttributes"});
  }
  void operator()(const NameInRules&) const { add_rules(); }
  void operator()(const MakeService&) const { actions.insert({"ecs:CreateService", "ecs:TagResource"}); }
  void operator()(const MakeTaskSet&) const { actions.insert({"ecs:CreateTaskSet", "iam:PassRole"}); }
  void operator()(const AwaitHealthy&) const { actions.insert({"ecs:DescribeTasks", "ecs:ListTasks"}); }
  void operator()(const Shift&) const { add_rules(); }
  void operator()(const MakePrimary&) const { actions.insert("ecs:UpdateServicePrimaryTaskSet"); }
  void operator()(const DeleteService&) const { actions.insert("ecs:DeleteService"); }
  void add_rules() const { actions.insert({"elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"}); }
};

}  // namespace

std::string name_of_group(const std::string& name_or_arn) {
  constexpr std::string_view kKind = "targetgroup/";
  const std::size_t kind = name_or_arn.find(kKind);
  if (kind == std::string::npos) return name_or_arn;
  const std::string path = name_or_arn.substr(kind + kKind.size());
  return path.substr(0, path.find('/'));
}

std::string describe(const Step& step) { return std::visit(Describe{}, step); }

std::vector<std::string> actions_of(const std::vector<Step>& steps) {
  Actions actions{"application-autoscaling:DescribeScalableTargets",
                  "ecs:DescribeServices",
                  "ecs:ListServices",
                  "elasticloadbalancing:DescribeListeners",
                  "elasticloadbalancing:DescribeRules",
                  "elasticloadbalancing:DescribeTargetGroups",
                  "elasticloadbalancing:DescribeTargetHealth"};
  for (const Step& step : steps) std::visit(AddActions{actions}, step);
  return {actions.begin(), actions.end()};
}

}  // namespace sluice::adoption
