#include "adapters/aws/service_controller.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws {
namespace {

boost::json::object service(const char* text) { return boost::json::parse(text).as_object(); }

TEST(ServiceController, TakesTaskSetsWhereItIsExternal) {
  EXPECT_TRUE(check_takes_task_sets(service(R"({"deploymentController":{"type":"EXTERNAL"}})"), "service web"));
}

TEST(ServiceController, NamesTheWayForOneWithAnotherController) {
  const auto old = check_takes_task_sets(service(R"({"deploymentController":{"type":"CODE_DEPLOY"}})"), "service web");
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::Conflict);
  EXPECT_NE(old.error().message.find("the service web has the deployment controller CODE_DEPLOY"), std::string::npos);
  EXPECT_NE(old.error().message.find("`sluice adopt`"), std::string::npos);
  EXPECT_NE(old.error().message.find("'engine: codedeploy'"), std::string::npos);
  const auto rolling = check_takes_task_sets(service("{}"), "service web");
  EXPECT_NE(rolling.error().message.find("controller ECS;"), std::string::npos);
  EXPECT_NE(rolling.error().message.find("'engine: ecs-native'"), std::string::npos);
}

TEST(ServiceController, RefusesServiceConnectWithTheReasonWhateverTheController) {
  for (
      const char* text :
      {R"({"deploymentController":{"type":"EXTERNAL"},"deployments":[{"serviceConnectConfiguration":{"enabled":true}}]})",
       R"({"deployments":[{},{"serviceConnectConfiguration":{"enabled":true,"namespace":"shop"}}]})"}) {
    const auto refused = check_takes_task_sets(service(text), "service web");
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().message.find("uses Service Connect"), std::string::npos);
  }
  EXPECT_FALSE(uses_service_connect(service(R"({"deployments":[{"serviceConnectConfiguration":{"enabled":false}}]})")));
}

}  // namespace
}  // namespace sluice::aws
