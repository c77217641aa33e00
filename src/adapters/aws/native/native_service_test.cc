#include "adapters/aws/native/native_service.h"

#include <gtest/gtest.h>

#include "adapters/aws/client_pool.h"
#include "support/aws_surroundings.h"

namespace sluice::aws::native {
namespace {

using test::Answer;
using test::AwsSurroundings;

/// ECS that refuses the answer to the pause `one`, and tells or does not tell of it afterwards.
struct RefusedAnswer {
  std::string code = "InvalidParameterException";
  bool is_told_of = true;
  AwsSurroundings around{[this](const std::string& request) {
    if (request.find("ContinueServiceDeployment") != std::string::npos) {
      return Answer{400, R"({"__type": ")" + code + R"(", "message": "no hook one awaits an action"})"};
    }
    const std::string pauses = is_told_of ? R"({"hookId": "one", "status": "AWAITING_ACTION"})" : "";
    return Answer{200, R"({"serviceDeployments": [{"serviceDeploymentArn": "a", "status": "IN_PROGRESS",
                           "lifecycleHookDetails": [)" +
                           pauses + "]}]}"};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  rollout::EcsTarget place{.region = "eu-west-1", .cluster = "shop", .service = "web"};

  Status go_on() {
    const auto client = clients.get("eu-west-1", "");
    EXPECT_TRUE(client.has_value());
    ServiceDeployment deployment;
    deployment.arn = "a";
    deployment.pauses = {"one"};
    return NativeService(**client, place).go_on(deployment);
  }
};

TEST(NativeService, TakesAPauseForAnsweredThatEcsTellsOfNoMore) {
  RefusedAnswer there;
  there.is_told_of = false;
  EXPECT_TRUE(there.go_on());
}

TEST(NativeService, AsksAgainLaterWhereARefusedAnswersPauseIsToldOfStillSinceReadsMayBeBehind) {
  RefusedAnswer there;
  const Status refused = there.go_on();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE(refused.error().message.contains("no hook one awaits an action"));
}

TEST(NativeService, SaysThatAnAnswerIsDenied) {
  RefusedAnswer there;
  there.code = "AccessDeniedException";
  const Status denied = there.go_on();
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().kind, ErrorKind::Denied);
}

}  // namespace
}  // namespace sluice::aws::native
