#include "adapters/aws/forward_action.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws {
namespace {

namespace json = boost::json;

const TargetGroupPair kGroups = {"arn:blue", "arn:green"};

json::array actions(std::string_view text) { return json::parse(text).as_array(); }

const char* const kAuthenticated = R"([
  {"Type": "authenticate-oidc", "Order": "1", "AuthenticateOidcConfig": {"ClientId": "c", "Scope": "openid"}},
  {"Type": "forward", "Order": "2", "ForwardConfig": {
    "TargetGroups": [{"TargetGroupArn": "arn:blue", "Weight": "100"}, {"TargetGroupArn": "arn:green", "Weight": "0"}],
    "TargetGroupStickinessConfig": {"Enabled": "true", "DurationSeconds": "60"}}}])";

TEST(ForwardAction, ReadsWeights) {
  EXPECT_EQ(*weights_of(actions(kAuthenticated), kGroups), (ForwardWeights{100, 0, true, true}));
  const auto single = actions(R"([{"Type": "forward", "TargetGroupArn": "arn:green"}])");
  EXPECT_EQ(*weights_of(single, kGroups), (ForwardWeights{0, 1, false, true}));
  const auto bare =
      actions(R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn:blue"}]}}])");
  EXPECT_EQ(*weights_of(bare, kGroups), (ForwardWeights{1, 0, true, false}));
}

TEST(ForwardAction, ChangesNothingButTheWeights) {
  const auto changed = with_weights(actions(kAuthenticated), kGroups, 90, 10);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  json::array expected = actions(kAuthenticated);
  json::error_code failed;
  expected[0].find_pointer("/AuthenticateOidcConfig", failed)->as_object()["UseExistingClientSecret"] = "true";
  expected[1].find_pointer("/ForwardConfig/TargetGroups/0", failed)->as_object()["Weight"] = "90";
  expected[1].find_pointer("/ForwardConfig/TargetGroups/1", failed)->as_object()["Weight"] = "10";
  EXPECT_EQ(*changed, expected);
}

TEST(ForwardAction, AddsAGroupThatTheRuleDoesNotName) {
  const auto changed =
      with_weights(actions(R"([{"Type": "forward", "TargetGroupArn": "arn:blue", "Order": "1", "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": "arn:blue"}, {"TargetGroupArn": "arn:third", "Weight": "0"}],
        "TargetGroupStickinessConfig": {"Enabled": "false", "DurationSeconds": ""}}}])"),
                   kGroups, 100, 0);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  EXPECT_EQ(*changed, actions(R"([{"Type": "forward", "Order": "1", "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": "arn:blue", "Weight": "100"}, {"TargetGroupArn": "arn:green", "Weight": "0"},
                         {"TargetGroupArn": "arn:third", "Weight": "0"}],
        "TargetGroupStickinessConfig": {"Enabled": "false"}}}])"));
}

TEST(ForwardAction, CallsARuleThatSomebodyElseChangedAConflict) {
  for (const char* text :
       {R"([{"Type": "fixed-response"}])", R"([{"Type": "forward", "TargetGroupArn": "arn:third"}])", "[]",
        R"([{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn:blue", "Weight": "1"},
            {"TargetGroupArn": "arn:third", "Weight": "5"}]}}])"}) {
    EXPECT_EQ(weights_of(actions(text), kGroups).error().kind, ErrorKind::Conflict) << text;
    EXPECT_EQ(with_weights(actions(text), kGroups, 1, 2).error().kind, ErrorKind::Conflict) << text;
  }
}

}  // namespace
}  // namespace sluice::aws
