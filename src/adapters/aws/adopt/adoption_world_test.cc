#include "adapters/aws/adopt/adoption_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/aws/client_pool.h"
#include "support/aws_surroundings.h"

namespace sluice::aws::adopt {
namespace {

using test::Answer;
using test::AwsSurroundings;

/// The service beside is gone, and DescribeServices first tells of it as active.
struct GoneService {
  int looks = 0;
  AwsSurroundings around{[this](const std::string& request) {
    const auto asks = [&](const char* operation) { return request.find(operation) != std::string::npos; };
    if (asks("DescribeServices")) {
      return Answer{200, fmt::format(R"({{"services": [{{"serviceName": "web-sluice", "status": "{}",
                                         "deploymentController": {{"type": "EXTERNAL"}}}}]}})",
                                     looks++ == 0 ? "ACTIVE" : "INACTIVE")};
    }
    if (asks("DeleteService")) {
      return Answer{400, R"({"__type": "ServiceNotActiveException", "message": "Service was not ACTIVE."})"};
    }
    return Answer{200,
                  "<DescribeRulesResponse><DescribeRulesResult><Rules/></DescribeRulesResult></DescribeRulesResponse>"};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  AdoptionWorld world{**clients.get("eu-west-1", ""),
                      {.region = "eu-west-1", .cluster = "shop", .service = "web-sluice", .container = "web"},
                      AdoptionNotes(around.home(), "shop", "web-sluice", [] { return std::string("1"); })};
};

TEST(AdoptionWorld, TakesAServiceForGoneOfWhichEcsStillToldAsActive) {
  GoneService there;
  const auto facts = there.world.look("web", ports::AdoptionWorld::Look::Further, {});
  ASSERT_TRUE(facts.has_value()) << facts.error().message;
  EXPECT_FALSE(facts->beside.is_there());
}

TEST(AdoptionWorld, DeletesAServiceThatIsGone) {
  GoneService there;
  EXPECT_TRUE(there.world.carry_out(adoption::DeleteService{"web-sluice"}, "web", {}));
}

}  // namespace
}  // namespace sluice::aws::adopt
