#include "adapters/aws/native/gates.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::native {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::object given(const char* text) { return json::parse(text).as_object(); }

const char* const kPause =
    R"({"targetType": "PAUSE", "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"],
        "timeoutConfiguration": {"timeoutInMinutes": 90, "action": "ROLLBACK"}})";

TEST(NativeGates, PutsTheStrategyAndOnePauseIntoAConfigurationAndLeavesAllElse) {
  const json::object before = given(
      R"({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 20.0}, "bakeTimeInMinutes": 15,
          "maximumPercent": 150, "deploymentCircuitBreaker": {"enable": true, "rollback": true},
          "alarms": {"alarmNames": ["bad"], "enable": true, "rollback": true}, "laterMember": {"x": [1, 2]},
          "lifecycleHooks": [{"hookTargetArn": "arn:f", "roleArn": "arn:r", "lifecycleStages": ["POST_SCALE_UP"]}]})");
  const auto after = with_gates(before, {.moves = {10, false}, .patience = 90min});
  ASSERT_TRUE(after);
  json::object wanted = given(
      R"({"strategy": "CANARY", "bakeTimeInMinutes": 0, "maximumPercent": 150,
          "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 0},
          "deploymentCircuitBreaker": {"enable": true, "rollback": true},
          "alarms": {"alarmNames": ["bad"], "enable": true, "rollback": true}, "laterMember": {"x": [1, 2]},
          "lifecycleHooks": [{"hookTargetArn": "arn:f", "roleArn": "arn:r", "lifecycleStages": ["POST_SCALE_UP"]}]})");
  wanted["lifecycleHooks"].as_array().push_back(json::parse(kPause));
  EXPECT_EQ(json::value(*after), json::value(wanted));
}

TEST(NativeGates, AreTheSameWhenTheyAreThereAlready) {
  const rollout::NativeEngine engine{.moves = {25, true}, .patience = 90min};
  const auto once = with_gates({}, engine);
  ASSERT_TRUE(once);
  EXPECT_EQ(once->at("linearConfiguration").at("stepPercent").to_number<double>(), 25.0);
  EXPECT_EQ(json::value(*with_gates(*once, engine)), json::value(*once));
  const auto at_once = with_gates(*once, {.moves = {}, .patience = 90min});
  EXPECT_EQ(at_once->at("strategy").as_string(), "BLUE_GREEN");
  EXPECT_FALSE(at_once->contains("linearConfiguration"));
  EXPECT_EQ(at_once->at("lifecycleHooks").as_array().size(), 1U);
}

TEST(NativeGates, RefusesAPauseThatSomebodyElseAnswers) {
  const auto refused = with_gates(
      given(R"({"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}]})"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_TRUE(refused.error().message.contains("a pause hook of its own at POST_TEST_TRAFFIC_SHIFT"));
}

}  // namespace
}  // namespace sluice::aws::native
