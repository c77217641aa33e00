#include "adapters/aws/codedeploy/router.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/aws_surroundings.h"

namespace sluice::aws::codedeploy {
namespace {

using test::Answer;
using test::AwsSurroundings;

const std::string kGroups = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-";
const std::string kRule = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/50dc/f2f7/1";
const rollout::ServiceKey kService{"shop", "staging", "web"};

/// CodeDeploy's group tells of a deployment that has succeeded, and BLUE has all of the traffic.
struct AtRest {
  std::string beside;  ///< External id of a task set beside the primary one; empty: there is none.
  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};
  ClientPool clients{test::at_once(), around.with_keys()};
  Router router{[](Milliseconds, const std::stop_token&) -> Status { return {}; }, clients, around.clock};

  AtRest() {
    rollout::EcsTarget place{.region = "eu-west-1", .cluster = "shop", .service = "web"};
    place.target_groups = {kGroups + "blue/1", kGroups + "green/2"};
    place.rules = {kRule};
    place.codedeploy.emplace();
    place.codedeploy->application = place.codedeploy->deployment_group = "web";
    EXPECT_TRUE(router.ensure({.service = kService, .listen = "", .route = {}, .health = {}, .target = place}));
  }

  Answer answer(const std::string& request) const {
    const auto asks = [&](const char* operation) { return request.find(operation) != std::string::npos; };
    if (asks("GetDeploymentGroup")) {
      return {200, R"({"deploymentGroupInfo": {"lastAttemptedDeployment": {"deploymentId": "d-OLD"}}})"};
    }
    if (asks("GetDeployment")) return {200, R"({"deploymentInfo": {"deploymentId": "d-OLD", "status": "Succeeded"}})"};
    if (asks("DescribeServices")) return {200, task_sets()};
    return {200, fmt::format("<DescribeRulesResponse><DescribeRulesResult><Rules><member><RuleArn>{}</RuleArn>"
                             "<IsDefault>false</IsDefault><Actions><member><Type>forward</Type><ForwardConfig>"
                             "<TargetGroups><member><TargetGroupArn>{}blue/1</TargetGroupArn><Weight>100</Weight>"
                             "</member></TargetGroups></ForwardConfig></member></Actions></member></Rules>"
                             "</DescribeRulesResult></DescribeRulesResponse>",
                             kRule, kGroups)};
  }
  std::string task_sets() const {
    constexpr const char* kSet = R"({{"id": "{}", "status": "{}", "externalId": "{}", "computedDesiredCount": 2}})";
    std::string sets = fmt::format(kSet, "one", "PRIMARY", "d-OLD");
    if (!beside.empty()) sets += ", " + fmt::format(kSet, "two", "ACTIVE", beside);
    return fmt::format(R"({{"services": [{{"status": "ACTIVE", "taskSets": [{}]}}]}})", sets);
  }
  Status ten_percent() {
    return router.set_split(kService, {.open = true, .slot_b = *Weight::from_basis_points(1'000)});
  }
};

TEST(CodeDeployRouter, TakesADeploymentForTheLastOneOnlyWhereEcsHasNoTaskSetOfAnother) {
  AtRest there;
  there.beside = "d-NEW";
  const Status late = there.ten_percent();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::Unavailable) << late.error().message;
  EXPECT_TRUE(late.error().message.contains("ECS has a task set of another one"));
}

TEST(CodeDeployRouter, SaysThatTheDeploymentHasEnded) {
  AtRest there;
  const Status ended = there.ten_percent();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::Failed) << ended.error().message;
}

}  // namespace
}  // namespace sluice::aws::codedeploy
