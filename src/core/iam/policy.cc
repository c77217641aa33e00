#include "core/iam/policy.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <utility>

#include "core/iam/place.h"
#include "core/iam/statement.h"
#include "core/iam/surroundings.h"

namespace sluice::iam {
namespace {

namespace json = boost::json;

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
  Names scalable_targets;  ///< Of Application Auto Scaling.
  Names functions;         ///< With their versions and aliases.
  Names codedeployed;      ///< Services of ECS whose task sets CodeDeploy makes.
  Names deployment_groups;
  Names deployment_configurations;
  Names native;                ///< Services of ECS that are moved by its own deployments,
  Names service_deployments;   ///< those deployments,
  Names service_revisions;     ///< and what they deploy.
  Names applications;          ///< Of CodeDeploy.
  Names hooks;                 ///< Functions that are invoked.
  Names versions;              ///< And aliases.
  Names provisioned_versions;  ///< Those of functions with provisioned concurrency.
  Names apis;                  ///< All of them that is looked at.
  Names defined_apis;          ///< Those that are made of a definition.
  Names deployments;           ///< Of APIs: the collections.
  Names each_deployment;       ///< And what is in them.
  Names stages;
  Names flags;          ///< Applications, profiles, environments of AppConfig.
  Names flag_versions;  ///< And hosted versions.
  Names flag_deployments;
  Names flag_strategies;
  Names task_logs;         ///< Log groups: sluice.yaml does not say which ones the task definitions name.
  Names function_logs;     ///< Log groups.
  Names performance_logs;  ///< Those of Container Insights, where an alarm is on what they tell.
  bool has_witnesses = false;
  bool looks_up_groups = false;  ///< A target group is known by its name only.
};

/// ECS takes a name or an ARN; both end with the name.
std::string name_in(const std::string& text) { return text.substr(text.rfind('/') + 1); }

void add_codedeployed(Resources& resources, const rollout::EcsTarget& target, const Place& place) {
  const rollout::CodeDeployEngine& engine = *target.codedeploy;
  const std::string service = name_in(target.cluster) + "/" + name_in(target.service);
  resources.codedeployed.insert(place.arn("ecs", "service/" + service));
  resources.tasks.insert(place.arn("ecs", "task/" + name_in(target.cluster) + "/*"));
  resources.task_definitions.insert(place.arn("ecs", "task-definition/*"));
  resources.roles.insert(place.global_arn("iam", "role/*"));
  resources.deployment_groups.insert(
      place.arn("codedeploy", "deploymentgroup:" + engine.application + "/" + engine.deployment_group));
  resources.applications.insert(place.arn("codedeploy", "application:" + engine.application));
  // A rollback after the end goes all at once.
  for (const std::string& name : {engine.configuration, std::string(rollout::kAllAtOnce)}) {
    resources.deployment_configurations.insert(place.arn("codedeploy", "deploymentconfig:" + name));
  }
  for (const std::string& group : target.target_groups) {
    if (!group.starts_with("arn:")) resources.looks_up_groups = true;
  }
}

void add_native(Resources& resources, const rollout::EcsTarget& target, const Place& place) {
  const std::string service = name_in(target.cluster) + "/" + name_in(target.service);
  resources.native.insert(place.arn("ecs", "service/" + service));
  resources.service_deployments.insert(place.arn("ecs", "service-deployment/" + service + "/*"));
  resources.service_revisions.insert(place.arn("ecs", "service-revision/" + service + "/*"));
  resources.tasks.insert(place.arn("ecs", "task/" + name_in(target.cluster) + "/*"));
  resources.task_definitions.insert(place.arn("ecs", "task-definition/*"));
  resources.roles.insert(place.global_arn("iam", "role/*"));
  for (const std::string& group : target.target_groups) {
    if (!group.starts_with("arn:")) resources.looks_up_groups = true;
  }
}

void add(Resources& resources, const rollout::EcsTarget& target, const Place& place) {
  const std::string cluster = name_in(target.cluster);
  const std::string service = cluster + "/" + name_in(target.service);
  resources.region = target.region;
  resources.clusters.insert(place.arn("ecs", "cluster/" + cluster));
  resources.task_logs.insert(place.arn("logs", "log-group:*"));
  if (target.codedeploy) return add_codedeployed(resources, target, place);
  if (target.native) return add_native(resources, target, place);
  resources.services.insert(place.arn("ecs", "service/" + service));
  resources.task_sets.insert(place.arn("ecs", "task-set/" + service + "/*"));
  resources.tasks.insert(place.arn("ecs", "task/" + cluster + "/*"));
  resources.task_definitions.insert(place.arn("ecs", "task-definition/*"));
  resources.scalable_targets.insert(place.arn("application-autoscaling", "scalable-target/*"));
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

void add(Resources& resources, const rollout::LambdaTarget& target, const Place& place) {
  const std::string arn = place.arn("lambda", "function:" + rollout::name_of_function(target.function));
  resources.region = target.region;
  resources.functions.insert(arn);
  resources.functions.insert(arn + ":*");
  resources.versions.insert(arn + ":*");
  resources.function_logs.insert(
      place.arn("logs", "log-group:/aws/lambda/" + rollout::name_of_function(target.function) + ":*"));
  if (target.provisioned_concurrency > 0) resources.provisioned_versions.insert(arn + ":*");
}

/// Container Insights' log group of the cluster, where an alarm of the service needs it.
void add_performance_logs(Resources& resources, const config::Service& service, const rollout::EcsTarget& target,
                          const Place& place) {
  if (std::ranges::none_of(service.alarms, analysis::is_of_replicas, &analysis::Alarm::metric)) return;
  resources.performance_logs.insert(
      place.arn("logs", "log-group:/aws/ecs/containerinsights/" + name_in(target.cluster) + "/performance:*"));
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

/// Invoke of a qualified function is a right of that version or alias.
void add_hooks(Resources& resources, const config::Service& service, const Place& place) {
  for (const rollout::LifecycleHook& hook : service.hooks) {
    const auto* call = std::get_if<rollout::HookFunction>(&hook.action);
    if (call == nullptr) continue;
    const bool is_arn = call->function.starts_with("arn:");
    resources.hooks.insert(is_arn ? call->function : place.arn("lambda", "function:" + call->function));
  }
}

/// Where the functions of an API's hooks are: in the role's account.
Place place_of_hooks(const config::Environment& environment, const rollout::GatewayTarget& gateway) {
  return place_of(environment,
                  rollout::LambdaTarget{.region = gateway.region, .role = gateway.role, .function = "", .alias = ""});
}

/// "Actions, resources, and condition keys for AWS AppConfig" of the service authorization reference: an action needs
/// each of the resources that it names.
void add(Resources& resources, const rollout::FlagsTarget& target, const Place& place) {
  const std::string application = "application/" + target.application;
  const std::string profile = application + "/configurationprofile/" + target.profile;
  const std::string environment = application + "/environment/" + target.environment;
  resources.region = target.region;
  resources.flags.insert(
      {place.arn("appconfig", application), place.arn("appconfig", profile), place.arn("appconfig", environment)});
  resources.flag_versions.insert(place.arn("appconfig", profile + "/hostedconfigurationversion/*"));
  resources.flag_deployments.insert(place.arn("appconfig", environment + "/deployment/*"));
  for (const std::string& strategy : {target.strategy, std::string(rollout::kFastestStrategy)}) {
    resources.flag_strategies.insert(place.arn("appconfig", "deploymentstrategy/" + strategy));
  }
}

Result<Resources> resources_of(const config::Environment& environment) {
  Resources resources;
  for (const config::Service& service : environment.services) {
    resources.has_witnesses = resources.has_witnesses || !service.witnesses.empty();
    if (const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target)) {
      const Place place = place_of(environment, *lambda);
      add(resources, *lambda, place);
      add_hooks(resources, service, place);
      continue;
    }
    if (const auto* gateway = std::get_if<rollout::GatewayTarget>(&service.target)) {
      add(resources, *gateway);
      add_hooks(resources, service, place_of_hooks(environment, *gateway));
      continue;
    }
    if (const auto* flags = std::get_if<rollout::FlagsTarget>(&service.target)) {
      const Place place = place_of(environment, *flags);
      add(resources, *flags, place);
      add_hooks(resources, service, place);
      continue;
    }
    const auto& target = std::get<rollout::EcsTarget>(service.target);
    TRY_ASSIGN(const Place place, place_of(environment, service, target));
    add(resources, target, place);
    add_performance_logs(resources, service, target, place);
    add_hooks(resources, service, place);
  }
  return resources;
}

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

/// "Actions, resources, and condition keys for AWS Application Auto Scaling" of the service authorization reference:
/// the last part of a target's ARN is made up by AWS.
void allow_scaling(json::array& statements, const Resources& resources) {
  statements.push_back(statement("ScalingIn", {"application-autoscaling:RegisterScalableTarget"},
                                 resources.scalable_targets,
                                 equals("application-autoscaling:service-namespace", "ecs")));
}

/// "Actions, resources, and condition keys for AWS CodeDeploy" of the service authorization reference: deployments are
/// of their group. RegisterApplicationRevision and its reading belong to CreateDeployment with content of one's own.
void allow_codedeploy(json::array& statements, const Resources& resources) {
  statements.push_back(statement("CodeDeployedServices", {"ecs:DescribeServices"}, resources.codedeployed));
  statements.push_back(
      statement("Deployments",
                {"codedeploy:ContinueDeployment", "codedeploy:CreateDeployment", "codedeploy:GetDeployment",
                 "codedeploy:GetDeploymentGroup", "codedeploy:StopDeployment"},
                resources.deployment_groups));
  statements.push_back(
      statement("DeploymentConfigurations", {"codedeploy:GetDeploymentConfig"}, resources.deployment_configurations));
  statements.push_back(statement("ApplicationRevisions",
                                 {"codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"},
                                 resources.applications));
}

/// "Actions, resources, and condition keys for Amazon Elastic Container Service" of the service authorization
/// reference. The roles of Lambda hooks are passed again with the deploymentConfiguration that they are part of.
void allow_native(json::array& statements, const Resources& resources) {
  statements.push_back(statement(
      "NativeServices", {"ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"}, resources.native));
  statements.push_back(
      statement("ServiceDeployments",
                {"ecs:ContinueServiceDeployment", "ecs:DescribeServiceDeployments", "ecs:StopServiceDeployment"},
                resources.service_deployments));
  statements.push_back(statement("ServiceRevisions", {"ecs:DescribeServiceRevisions"}, resources.service_revisions));
  statements.push_back(
      statement("RolesOfHooks", {"iam:PassRole"}, resources.roles, equals("iam:PassedToService", "ecs.amazonaws.com")));
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

void allow_flags(json::array& statements, const Resources& resources) {
  const auto with = [&](const Names& more) {
    Names names = resources.flags;
    names.insert(more.begin(), more.end());
    return names;
  };
  statements.push_back(statement("FlagVersions",
                                 {"appconfig:CreateHostedConfigurationVersion", "appconfig:GetConfigurationProfile",
                                  "appconfig:GetHostedConfigurationVersion",
                                  "appconfig:ListHostedConfigurationVersions", "appconfig:ValidateConfiguration"},
                                 with(resources.flag_versions)));
  statements.push_back(statement("FlagDeployments",
                                 {"appconfig:GetDeployment", "appconfig:ListDeployments", "appconfig:StopDeployment"},
                                 with(resources.flag_deployments)));
  statements.push_back(statement("NewFlagDeployments", {"appconfig:GetDeploymentStrategy", "appconfig:StartDeployment"},
                                 with(resources.flag_strategies)));
}

/// "Actions, resources, and condition keys for Amazon CloudWatch Logs" of the service authorization reference; the
/// last part of an ARN is the group's streams.
void allow_logs(json::array& statements, const Resources& resources) {
  if (!resources.task_logs.empty()) {
    statements.push_back(statement("LogsOfTasks", {"logs:FilterLogEvents", "logs:GetLogEvents"}, resources.task_logs));
  }
  if (!resources.performance_logs.empty()) {
    statements.push_back(statement("PerformanceLogs", {"logs:FilterLogEvents"}, resources.performance_logs));
  }
  if (!resources.function_logs.empty()) {
    statements.push_back(statement("LogsOfFunctions",
                                   {"logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"},
                                   resources.function_logs));
  }
}

/// What AWS knows no resource for. DescribeAlarms has one, but tells of composite alarms only where it is allowed on
/// all ("CloudWatch permissions reference").
void allow_looking(json::array& statements, const Resources& resources) {
  const bool has_containers =
      !resources.services.empty() || !resources.codedeployed.empty() || !resources.native.empty();
  Names actions;
  if (has_containers || !resources.functions.empty()) actions.insert("cloudwatch:GetMetricData");
  if (resources.has_witnesses) actions.insert("cloudwatch:DescribeAlarms");
  if (actions.empty()) return;
  if (has_containers) {
    actions.insert({"ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "elasticloadbalancing:DescribeRules"});
  }
  if (!resources.services.empty()) {
    actions.insert({"application-autoscaling:DescribeScalableTargets", "elasticloadbalancing:DescribeTargetHealth"});
  }
  if (resources.looks_up_groups) actions.insert("elasticloadbalancing:DescribeTargetGroups");
  statements.push_back(statement("Look", actions, {"*"}, equals("aws:RequestedRegion", resources.region.c_str())));
}

void allow_packages(json::array& statements, const Names& packages, const std::string& partition) {
  Names objects;
  for (const std::string& place : packages) objects.insert("arn:" + partition + ":s3:::" + place + "*");
  statements.push_back(statement("Packages", {"s3:GetObject", "s3:GetObjectVersion"}, objects));
}

void allow_journal(json::array& statements, const rollout::JournalPlace& journal, const std::string& partition,
                   const Names& kms_keys) {
  const std::string bucket = "arn:" + partition + ":s3:::" + journal.bucket;
  statements.push_back(statement("Journal", {"s3:GetObject", "s3:PutObject"}, {bucket + "/" + journal.prefix + "*"}));
  statements.push_back(statement("WhatTheJournalLacks", {"s3:ListBucket"}, {bucket}));
  if (!kms_keys.empty()) statements.push_back(statement("KeysOfTheJournal", {"kms:GenerateDataKey"}, kms_keys));
}

}  // namespace

Result<json::object> policy_of(const config::Environment& environment, const AlsoNeeded& also) {
  json::array beside = surroundings_of(environment);
  if (!also.kms_keys.empty()) beside.push_back(statement("KeysOfSecrets", {"kms:Decrypt"}, also.kms_keys));
  if (!environment.is_aws && !beside.empty()) {
    return json::object{{"Version", kPolicyVersion}, {"Statement", std::move(beside)}};
  }
  TRY(check_is_aws(environment));
  TRY_ASSIGN(const Resources resources, resources_of(environment));
  json::array statements;
  if (!resources.services.empty()) {
    allow_task_sets(statements, resources);
  }
  if (!resources.codedeployed.empty()) allow_codedeploy(statements, resources);
  if (!resources.native.empty()) allow_native(statements, resources);
  if (!resources.task_definitions.empty()) {
    allow_tasks(statements, resources);
    allow_task_definitions(statements, resources);
  }
  if (!resources.services.empty()) {
    allow_traffic(statements, resources);
    allow_scaling(statements, resources);
  }
  if (!resources.functions.empty()) allow_functions(statements, resources);
  if (!resources.apis.empty()) allow_apis(statements, resources);
  allow_logs(statements, resources);
  if (!resources.hooks.empty()) {
    statements.push_back(statement("Hooks", {"lambda:InvokeFunction"}, resources.hooks));
  }
  if (!resources.flags.empty()) allow_flags(statements, resources);
  allow_looking(statements, resources);
  for (json::value& each : beside) statements.push_back(std::move(each));
  if (!also.packages.empty()) {
    allow_packages(statements, also.packages, place_of_environment(environment).partition);
  }
  if (also.journal) allow_journal(statements, *also.journal, partition_of(*also.journal, environment), also.kms_keys);
  return json::object{{"Version", kPolicyVersion}, {"Statement", std::move(statements)}};
}

}  // namespace sluice::iam
