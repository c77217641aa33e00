#include "adapters/aws/native/place_check.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

json::object service() {
  return json::parse(R"({
    "deploymentController": {"type": "ECS"}, "deploymentConfiguration": {"strategy": "CANARY"},
    "loadBalancers": [{"targetGroupArn": "blue", "containerName": "web", "containerPort": 8080, "advancedConfiguration": {
      "alternateTargetGroupArn": "green", "productionListenerRule": "users", "testListenerRule": "tests"}}]})")
      .as_object();
}

rollout::EcsTarget place() {
  rollout::EcsTarget place;
  place.container = "web";
  place.rules = {"users"};
  place.test_rule = "tests";
  return place;
}

std::string refusal(const json::object& service, const rollout::EcsTarget& place) {
  const Status checked = check_place(service, place, {"green", "blue"}, "service web of cluster shop");
  return checked ? "" : checked.error().message;
}

TEST(NativePlaceCheck, TakesAServiceWhoseLoadBalancerNamesTheSameGroupsAndRules) {
  EXPECT_EQ(refusal(service(), place()), "");
}

TEST(NativePlaceCheck, RefusesOtherControllersAndRollingUpdates) {
  json::object other = service();
  other["deploymentController"] = {{"type", "EXTERNAL"}};
  EXPECT_TRUE(refusal(other, place()).contains("leave the engine out for EXTERNAL"));
  other["deploymentController"] = {{"type", "CODE_DEPLOY"}};
  EXPECT_TRUE(refusal(other, place()).contains("write 'engine: codedeploy' for it"));
  json::object rolling = service();
  rolling.erase("deploymentConfiguration");
  EXPECT_TRUE(refusal(rolling, place()).contains("strategy=BLUE_GREEN"));
}

TEST(NativePlaceCheck, RefusesLoadBalancersThatSluiceYamlDoesNotDescribe) {
  json::object plain = service();
  plain.at("loadBalancers").as_array()[0].as_object().erase("advancedConfiguration");
  EXPECT_TRUE(refusal(plain, place()).contains("without advancedConfiguration"));
  rollout::EcsTarget other = place();
  other.container = "app";
  EXPECT_TRUE(refusal(service(), other).contains("no load balancer for the container app; it has some for: web"));
  other = place();
  other.rules = {"users", "others"};
  EXPECT_TRUE(refusal(service(), other).contains("moves the rule users (productionListenerRule)"));
  other = place();
  other.test_rule = "others";
  EXPECT_TRUE(refusal(service(), other).contains("has the test rule tests (testListenerRule)"));
  EXPECT_TRUE(check_place(service(), place(), {"green", "third"}, "x").error().message.contains("'target_groups'"));
}

}  // namespace
}  // namespace sluice::aws::native
