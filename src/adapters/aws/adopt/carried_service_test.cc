#include "adapters/aws/adopt/carried_service.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::adopt {
namespace {

namespace json = boost::json;

json::object object(const char* text) { return json::parse(text).as_object(); }

const json::object kRolling = object(R"({
  "serviceName": "web-rolling", "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "launchType": "FARGATE",
  "platformVersion": "1.4.0", "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:7",
  "loadBalancers": [{"targetGroupArn": "arn:blue", "containerName": "web", "containerPort": 8080}],
  "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}, "serviceRegistries": [],
  "healthCheckGracePeriodSeconds": 60, "enableECSManagedTags": true, "enableExecuteCommand": false,
  "propagateTags": "NONE", "placementStrategy": [], "deploymentConfiguration": {"strategy": "ROLLING"},
  "tags": [{"key": "team", "value": "shop"}, {"key": "aws:cloudformation:stack-name", "value": "shop"}],
  "deployments": [{"rolloutState": "COMPLETED"}], "taskSets": []})");

json::object with(const char* member, const char* text) {
  json::object service = kRolling;
  service[member] = json::parse(text);
  return service;
}

TEST(CarriedService, ReadsAServiceWithRollingUpdates) {
  const auto today = service_of_today(kRolling);
  ASSERT_TRUE(today);
  EXPECT_EQ(today->controller, "ECS");
  EXPECT_EQ(today->container, "web");
  EXPECT_EQ(today->port, 8080);
  EXPECT_EQ(today->target_group, "arn:blue");
  EXPECT_EQ(today->desired, 2);
  EXPECT_FALSE(today->is_moving);
  EXPECT_TRUE(today->uncarriable.empty());
}

TEST(CarriedService, ReadsTheTasksOfCodeDeployFromItsPrimaryTaskSet) {
  json::object service = with("deploymentController", R"({"type": "CODE_DEPLOY"})");
  service["taskSets"] = json::parse(R"([
    {"status": "PRIMARY", "taskDefinition": "shop-web:9", "launchType": "FARGATE", "platformVersion": "LATEST",
     "loadBalancers": [{"targetGroupArn": "arn:green", "containerName": "web", "containerPort": 8081}]},
    {"status": "DRAINING", "taskDefinition": "shop-web:8"}])");
  const auto today = service_of_today(service);
  ASSERT_TRUE(today);
  EXPECT_EQ(today->controller, "CODE_DEPLOY");
  EXPECT_EQ(today->target_group, "arn:green");
  EXPECT_EQ(today->task_definition, "shop-web:9");
  EXPECT_FALSE(today->is_moving);
  const json::object input = first_task_set(service, {.external_id = "x", .port = 8081}, "arn:new", "token");
  EXPECT_EQ(input.at("platformVersion"), "LATEST");
  service["taskSets"].as_array()[1].as_object()["status"] = "ACTIVE";
  EXPECT_TRUE(service_of_today(service)->is_moving);
}

TEST(CarriedService, IsNoneWithoutATargetGroupOrWhenItIsDeleted) {
  EXPECT_FALSE(service_of_today(with("loadBalancers", "[]")));
  EXPECT_FALSE(service_of_today(with("loadBalancers", R"([{"loadBalancerName": "classic"}])")));
  EXPECT_FALSE(service_of_today(with("status", "\"DRAINING\"")));
}

TEST(CarriedService, SaysThatADeploymentIsUnderWay) {
  EXPECT_TRUE(service_of_today(with("deployments", R"([{"rolloutState": "IN_PROGRESS"}])"))->is_moving);
  EXPECT_TRUE(service_of_today(with("deployments", R"([{"rolloutState": "COMPLETED"}, {}])"))->is_moving);
}

TEST(CarriedService, NamesWhatATaskSetCannotHave) {
  const std::pair<json::object, const char*> cases[] = {
      {with("deployments", R"([{"serviceConnectConfiguration": {"enabled": true}}])"), "Service Connect"},
      {with("deployments", R"([{"volumeConfigurations": [{"name": "data"}]}])"), "EBS"},
      {with("deployments", R"([{"vpcLatticeConfigurations": [{"portName": "http"}]}])"), "VPC Lattice"},
      {with("schedulingStrategy", "\"DAEMON\""), "DAEMON"},
      {with("loadBalancers", R"([{"targetGroupArn": "arn:a"}, {"targetGroupArn": "arn:b"}])"), "2 target groups"}};
  for (const auto& [service, reason] : cases) {
    const auto today = service_of_today(service);
    ASSERT_TRUE(today) << reason;
    ASSERT_EQ(today->uncarriable.size(), 1U) << reason;
    EXPECT_NE(today->uncarriable[0].find(reason), std::string::npos) << today->uncarriable[0];
  }
}

TEST(CarriedService, GivesTheServiceBesideWhatIsNoTaskSets) {
  EXPECT_EQ(json::value(service_beside(kRolling, "web", "01kb")), json::parse(R"({
    "serviceName": "web", "desiredCount": 2, "deploymentController": {"type": "EXTERNAL"}, "clientToken": "01kb",
    "enableECSManagedTags": true, "healthCheckGracePeriodSeconds": 60, "tags": [{"key": "team", "value": "shop"}]})"));
}

TEST(CarriedService, LeavesOutTheTagByWhichCopilotFindsItsService) {
  const json::object copilots = with("tags", R"([{"key": "copilot-application", "value": "shop"},
                                                 {"key": "copilot-service", "value": "web"}])");
  EXPECT_EQ(service_beside(copilots, "web", "01kb").at("tags"),
            json::parse(R"([{"key": "copilot-application", "value": "shop"}])"));
}

TEST(CarriedService, GivesItsTaskSetNetworkPlatformAndCapacity) {
  const adoption::MakeTaskSet step{"adopted-from-web-rolling", "web-rolling", "shop-web:7", "shop-green", "web", 8080};
  EXPECT_EQ(json::value(first_task_set(kRolling, step, "arn:green", "01kb-first")), json::parse(R"({
    "externalId": "adopted-from-web-rolling", "taskDefinition": "shop-web:7", "clientToken": "01kb-first",
    "scale": {"value": 100.0, "unit": "PERCENT"}, "launchType": "FARGATE", "platformVersion": "1.4.0",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    "loadBalancers": [{"targetGroupArn": "arn:green", "containerName": "web", "containerPort": 8080}]})"));
  const json::object spot = with("capacityProviderStrategy", R"([{"capacityProvider": "FARGATE_SPOT"}])");
  EXPECT_FALSE(first_task_set(spot, step, "arn:green", "t").contains("launchType"));
}

TEST(CarriedService, CopiesATargetGroup) {
  EXPECT_EQ(json::value(group_like(object(R"({"TargetGroupArn": "arn:blue", "TargetGroupName": "blue", "Port": "8080",
    "Protocol": "HTTP", "LoadBalancerArns": ["arn:lb"], "HealthCheckPath": "/health", "ProtocolVersion": "",
    "Matcher": {"HttpCode": "200-299"}})"),
                                   "green")),
            json::parse(R"({"Name": "green", "Port": "8080", "Protocol": "HTTP", "HealthCheckPath": "/health",
    "Matcher": {"HttpCode": "200-299"}})"));
  EXPECT_EQ(json::value(attributes_with_values(
                json::parse(R"([{"Key": "slow_start.duration_seconds", "Value": "30"}, {"Key": "x", "Value": ""}])")
                    .as_array())),
            json::parse(R"([{"Key": "slow_start.duration_seconds", "Value": "30"}])"));
}

}  // namespace
}  // namespace sluice::aws::adopt
