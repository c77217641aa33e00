#include "adapters/aws/gateway/fleet.h"

#include <gtest/gtest.h>

#include "adapters/aws/repeats.h"
#include "support/aws_surroundings.h"

namespace sluice::aws::gateway {
namespace {

using test::Answer;
using test::AwsSurroundings;

/// Services have no definition here.
class NoDefinitions final : public ports::ApiDefinitions {
  Result<ports::ApiDefinition> read(const std::string& path) override {
    return Error{ErrorKind::NotFound, "there is no " + path};
  }
};

/// An API whose only deployment is made and not answered; then it is told of late.
struct LateDeployment {
  int made = 0;
  int failing_lists = 0;  ///< So many requests for the list after it are refused …
  int late_lists = 0;     ///< … and then so many tell nothing of it.
  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};
  ClientPool clients{test::at_once(), around.with_keys()};
  NoDefinitions definitions;
  rollout::GatewayTarget place{.region = "eu-west-1", .api = "a1", .stage = "production"};
  Fleet fleet{{.place_of = [this](const auto&) { return std::optional(place); },
               .pause = [](Milliseconds, const std::stop_token&) -> Status { return {}; }},
              {clients, definitions, around.clock}};

  Answer answer(const std::string& request) {
    if (request.starts_with("POST")) {
      ++made;
      return {201, "{}", {}, true};
    }
    if (made > 0 && failing_lists > 0) {
      --failing_lists;
      return {503, "{}"};
    }
    const bool is_told = made > 0 && late_lists <= 0;
    if (made > 0) --late_lists;
    return {200, is_told ? R"({"item": [{"id": "d1", "description": "sluice shop/staging/api new", "createdDate": 1}]})"
                         : R"({"item": []})"};
  }
  Result<std::vector<ports::Replica>> start(bool may_have_begun = false) {
    ports::FleetStart request;
    request.service = {"shop", "staging", "api"};
    request.revision.id = "new";
    request.revision.target = place;
    request.may_have_begun = may_have_begun;
    return fleet.start(request, {});
  }
};

TEST(GatewayFleet, MakesNoSecondDeploymentWhereAProcessThatDiedMayHaveMadeOne) {
  LateDeployment there;
  there.made = 1;
  there.late_lists = 2;
  const auto found = there.start(true);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(there.made, 1);
}

TEST(GatewayFleet, MakesADeploymentOnceThoughNobodyTellsOfItAfterALostAnswer) {
  LateDeployment there;
  there.failing_lists = kCallAttempts;
  EXPECT_FALSE(there.start());
  there.late_lists = 2;
  const auto again = there.start();
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(there.made, 1);
}

}  // namespace
}  // namespace sluice::aws::gateway
