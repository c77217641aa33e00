#include "adapters/aws/native/service_deployment.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::native {
namespace {

ServiceDeployment told(const char* text) { return service_deployment_of(boost::json::parse(text).as_object()); }

TEST(ServiceDeployment, IsReadWithItsSharesAndThePausesThatAwaitAnAnswer) {
  const ServiceDeployment read = told(
      R"({"serviceDeploymentArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/abc", "status": "IN_PROGRESS",
          "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
          "targetServiceRevision": {"arn": "green", "requestedProductionTrafficWeight": 10.0},
          "sourceServiceRevisions": [{"arn": "blue", "requestedProductionTrafficWeight": 90.0}],
          "lifecycleHookDetails": [{"hookId": "one", "status": "SUCCEEDED"}, {"hookId": "two", "status": "AWAITING_ACTION"},
                                   {"hookId": "three", "status": "IN_PROGRESS"}]})");
  EXPECT_EQ(read.target, "green");
  EXPECT_EQ(read.sources, std::vector<std::string>{"blue"});
  EXPECT_EQ(read.share.to_string(), "10%");
  EXPECT_EQ(read.pauses, std::vector<std::string>{"two"});
  EXPECT_TRUE(read.is_active());
  EXPECT_FALSE(read.has_not_shifted());
}

TEST(ServiceDeployment, HasNotShiftedOnlyWhereNothingMovesWithoutAnAnswer) {
  const auto at = [](const char* status, const char* stage, std::vector<std::string> pauses) {
    ServiceDeployment deployment{
        .arn = "", .status = status, .reason = "", .stage = stage, .target = "", .sources = {}};
    deployment.pauses = std::move(pauses);
    return deployment.has_not_shifted();
  };
  EXPECT_TRUE(at("PENDING", "", {}));
  EXPECT_TRUE(at("IN_PROGRESS", "SCALE_UP", {}));
  EXPECT_TRUE(at("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT", {"one"}));
  EXPECT_FALSE(at("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT", {})) << "its pause may have been answered a moment ago";
  EXPECT_FALSE(at("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", {}));
}

TEST(ServiceDeployment, TellsWhyItWentBackInEcssWords) {
  const ServiceDeployment back = told(
      R"({"serviceDeploymentArn": "arn:x/shop/web/abc", "status": "ROLLBACK_IN_PROGRESS",
          "rollback": {"reason": "Service deployment rolled back because of alarms: bad"}})");
  EXPECT_TRUE(back.is_going_back());
  EXPECT_EQ(back.account(),
            "ECS's deployment abc is ROLLBACK_IN_PROGRESS: Service deployment rolled back because of alarms: bad");
}

}  // namespace
}  // namespace sluice::aws::native
