#include "adapters/aws/codedeploy/app_spec_content.h"

#include <gtest/gtest.h>

namespace sluice::aws::codedeploy {
namespace {

TEST(AppSpecContent, IsTheLeastThatCodeDeployNeeds) {
  const rollout::EcsTarget place{
      .region = "", .role = "", .cluster = "", .service = "", .container = "web", .target_groups = {}, .rules = {}};
  EXPECT_EQ(app_spec_content(place, "arn:7", 80),
            R"({"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":)"
            R"({"TaskDefinition":"arn:7","LoadBalancerInfo":{"ContainerName":"web","ContainerPort":80}}}}]})");
}

TEST(AppSpecContent, HasAllThatTheFileSaid) {
  rollout::EcsTarget place{
      .region = "", .role = "", .cluster = "", .service = "", .container = "web", .target_groups = {}, .rules = {}};
  place.terms = {.platform_version = "LATEST",
                 .subnets = {"a", "b"},
                 .security_groups = {"c"},
                 .assign_public_ip = "ENABLED",
                 .capacity_providers = {{"FARGATE", 1, 2}}};
  place.codedeploy.emplace().hooks = {{"AfterInstall", "check"}};
  EXPECT_EQ(app_spec_content(place, "arn:7", 80),
            R"({"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service","Properties":)"
            R"({"TaskDefinition":"arn:7","LoadBalancerInfo":{"ContainerName":"web","ContainerPort":80},)"
            R"("PlatformVersion":"LATEST","NetworkConfiguration":{"AwsvpcConfiguration":{"Subnets":["a","b"],)"
            R"("SecurityGroups":["c"],"AssignPublicIp":"ENABLED"}},"CapacityProviderStrategy":)"
            R"([{"CapacityProvider":"FARGATE","Base":1,"Weight":2}]}}}],"Hooks":[{"AfterInstall":"check"}]})");
}

}  // namespace
}  // namespace sluice::aws::codedeploy
