#include "core/iam/policy.h"

#include <boost/json.hpp>
#include <set>
#include <string>

#include "core/iam/place.h"

namespace sluice::iam {
namespace {

namespace json = boost::json;
using Names = std::set<std::string>;

/// ARNs of all that the environment's services touch.
struct Resources {
  std::string region;
  Names clusters;
  Names services;
  Names task_sets;
  Names tasks;
  Names task_definitions;
  Names roles;
  Names rules;
  Names listeners;
  Names functions;             ///< With their versions and aliases.
  Names versions;              ///< And aliases.
  Names provisioned_versions;  ///< Those of functions with provisioned concurrency.
  Names apis;                  ///< All of them that is looked at.
  Names defined_apis;          ///< Those that are made of a definition.
  Names deployments;           ///< Of APIs: the collections.
  Names each_deployment;       ///< And what is in them.
  Names stages;
  bool looks_up_groups = false;  ///< A target group is known by its name only.
};

/// ECS takes a name or an ARN; both end with the name.
std::string name_in(const std::string& text) { return text.substr(text.rfind('/') + 1); }

void add(Resources& resources, const rollout::EcsTarget& target, const Place& place) {
  const std::string cluster = name_in(target.cluster);
  const std::string service = cluster + "/" + name_in(target.service);
  resources.region = target.region;
  resources.clusters.insert(place.arn("ecs", "cluster/" + cluster));
  resources.services.insert(place.arn("ecs", "service/" + service));
  resources.task_sets.insert(place.arn("ecs", "task-set/" + service + "/*"));
  resources.tasks.insert(place.arn("ecs", "task/" + cluster + "/*"));
  resources.task_definitions.insert(place.arn("ecs", "task-definition/*"));
  resources.roles.insert(place.global_arn("iam", "role/*"));
  for (const std::string& rule : target.rules) {
    resources.rules.insert(rule);
    resources.listeners.insert(rollout::listener_of(rule));
  }
  if (!target.test_rule.empty()) {
    resources.rules.insert(target.test_rule);
    resources.listeners.insert(rollout::listener_of(target.test_rule));
  }
  for (const std::string& group : target.target_groups) {
    if (!group.starts_with("arn:")) resources.looks_up_groups = true;
  }
}

void add(Resources& resources, const rollout::LambdaTarget& target) {
  const std::string arn = place_of(target).arn("lambda", "function:" + name_of_function(target));
  resources.region = target.region;
  resources.functions.insert(arn);
  resources.functions.insert(arn + ":*");
  resources.versions.insert(arn + ":*");
  if (target.provisioned_concurrency > 0) resources.provisioned_versions.insert(arn + ":*");
}

/// "Actions, resources, and condition keys for Amazon API Gateway Management" (and V2) of the service authorization
/// reference: the actions are those of HTTP.
void add(Resources& resources, const rollout::GatewayTarget& target) {
  const bool is_rest = target.kind == rollout::ApiKind::Rest;
  const std::string arn = place_of(target).arn("apigateway", (is_rest ? "/restapis/" : "/apis/") + target.api);
  resources.region = target.region;
  resources.deployments.insert(arn + "/deployments");
  resources.each_deployment.insert(arn + "/deployments/*");
  resources.stages.insert(arn + "/stages/" + target.stage);
  resources.apis.insert(
      {arn + "/deployments", arn + "/deployments/*", arn + "/stages", arn + "/stages/" + target.stage});
  if (target.definition.empty()) return;
  resources.defined_apis.insert(arn);
  if (!is_rest) resources.apis.insert(arn);  // its protocol
}

Result<Resources> resources_of(const config::Environment& environment) {
  Resources resources;
  for (const config::Service& service : environment.services) {
    if (const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target)) {
      add(resources, *lambda);
      continue;
    }
    if (const auto* gateway = std::get_if<rollout::GatewayTarget>(&service.target)) {
      add(resources, *gateway);
      continue;
    }
    const auto& target = std::get<rollout::EcsTarget>(service.target);
    TRY_ASSIGN(const Place place, place_of(service, target));
    add(resources, target, place);
  }
  return resources;
}

json::array array_of(const Names& names) { return json::array(names.begin(), names.end()); }

json::object statement(const char* sid, const Names& actions, const Names& resources, json::object condition = {}) {
  json::object allowed{
      {"Sid", sid}, {"Effect", "Allow"}, {"Action", array_of(actions)}, {"Resource", array_of(resources)}};
  if (!condition.empty()) allowed["Condition"] = std::move(condition);
  return allowed;
}

json::object equals(const char* key, const char* value) { return {{"StringEquals", {{key, value}}}}; }

void allow_task_sets(json::array& statements, const Resources& resources) {
  statements.push_back(
      statement("Services", {"ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"}, resources.services));
  statements.push_back(statement("TaskSets", {"ecs:DeleteTaskSet", "ecs:DescribeTaskSets"}, resources.task_sets));
  // Editions of AWS's reference differ in whether CreateTaskSet has a resource. They agree in its conditions, which
  // name the service as exactly.
  statements.push_back(statement(
      "NewTaskSets", {"ecs:CreateTaskSet"}, {"*"},
      {{"ArnEquals", {{"ecs:cluster", array_of(resources.clusters)}, {"ecs:service", array_of(resources.services)}}}}));
}

void allow_tasks(json::array& statements, const Resources& resources) {
  statements.push_back(statement("StoppedTasks", {"ecs:DescribeTasks"}, resources.tasks));
  // Its resource would be the container instance, which tasks of Fargate have not.
  statements.push_back(statement("ListTasks", {"ecs:ListTasks"}, {"*"},
                                 {{"ArnEquals", {{"ecs:cluster", array_of(resources.clusters)}}}}));
}

void allow_task_definitions(json::array& statements, const Resources& resources) {
  statements.push_back(statement("NewTaskDefinitions", {"ecs:RegisterTaskDefinition"}, resources.task_definitions));
  statements.push_back(statement("TagsOfNewTaskDefinitions", {"ecs:TagResource"}, resources.task_definitions,
                                 equals("ecs:CreateAction", "RegisterTaskDefinition")));
  statements.push_back(statement("RolesOfTasks", {"iam:PassRole"}, resources.roles,
                                 equals("iam:PassedToService", "ecs-tasks.amazonaws.com")));
}

void allow_traffic(json::array& statements, const Resources& resources) {
  statements.push_back(statement("Rules", {"elasticloadbalancing:ModifyRule"}, resources.rules));
  statements.push_back(statement("DefaultRules", {"elasticloadbalancing:ModifyListener"}, resources.listeners));
}

void allow_functions(json::array& statements, const Resources& resources) {
  statements.push_back(statement(
      "Functions",
      {"lambda:CreateAlias", "lambda:DeleteAlias", "lambda:GetAlias", "lambda:GetFunctionConfiguration",
       "lambda:ListVersionsByFunction", "lambda:PublishVersion", "lambda:UpdateAlias", "lambda:UpdateFunctionCode"},
      resources.functions));
  // What was set while sluice.yaml asked for it is removed afterwards.
  statements.push_back(statement(
      "ProvisionedConcurrency", {"lambda:DeleteProvisionedConcurrencyConfig", "lambda:GetProvisionedConcurrencyConfig"},
      resources.versions));
  if (resources.provisioned_versions.empty()) return;
  statements.push_back(statement("NewProvisionedConcurrency", {"lambda:PutProvisionedConcurrencyConfig"},
                                 resources.provisioned_versions));
}

void allow_apis(json::array& statements, const Resources& resources) {
  statements.push_back(statement("Apis", {"apigateway:GET"}, resources.apis));
  if (!resources.defined_apis.empty()) {
    statements.push_back(statement("ApiDefinitions", {"apigateway:PUT"}, resources.defined_apis));
  }
  statements.push_back(statement("NewApiDeployments", {"apigateway:POST"}, resources.deployments));
  statements.push_back(statement("OldApiDeployments", {"apigateway:DELETE"}, resources.each_deployment));
  statements.push_back(statement("Stages", {"apigateway:PATCH"}, resources.stages));
}

/// What AWS knows no resource for.
void allow_looking(json::array& statements, const Resources& resources) {
  if (resources.services.empty() && resources.functions.empty()) return;
  Names actions{"cloudwatch:GetMetricData"};
  if (!resources.services.empty()) {
    actions.insert({"ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTargetHealth"});
  }
  if (resources.looks_up_groups) actions.insert("elasticloadbalancing:DescribeTargetGroups");
  statements.push_back(statement("Look", actions, {"*"}, equals("aws:RequestedRegion", resources.region.c_str())));
}

}  // namespace

Result<json::object> policy_of(const config::Environment& environment) {
  TRY(check_is_aws(environment));
  TRY_ASSIGN(const Resources resources, resources_of(environment));
  json::array statements;
  if (!resources.services.empty()) {
    allow_task_sets(statements, resources);
    allow_tasks(statements, resources);
    allow_task_definitions(statements, resources);
    allow_traffic(statements, resources);
  }
  if (!resources.functions.empty()) allow_functions(statements, resources);
  if (!resources.apis.empty()) allow_apis(statements, resources);
  allow_looking(statements, resources);
  return json::object{{"Version", kPolicyVersion}, {"Statement", std::move(statements)}};
}

}  // namespace sluice::iam
