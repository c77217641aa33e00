#include "adapters/aws/scale_in.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/kept_files.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

const rollout::ServiceKey kService{"shop", "staging", "web"};
const rollout::EcsTarget kPlace{.region = "eu-west-1", .cluster = "shop", .service = "web"};

/// A service that is scaled; `told` is what AWS says of its scaling in, which may be behind.
struct Scaled {
  bool told = false;
  std::vector<bool> written;
  AwsSurroundings around{[this](const std::string& request) {
    if (contains(request, "RegisterScalableTarget")) {
      written.push_back(contains(request, R"("DynamicScalingInSuspended":true)"));
      return Answer{200, "{}"};
    }
    return Answer{
        200,
        fmt::format(R"({{"ScalableTargets": [{{"SuspendedState": {{"DynamicScalingInSuspended": {}}}}}]}})", told)};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  KeptInFolder files{around.home() + "/kept"};
  ScaleIn scale_in{files, clients};
};

using Written = std::vector<bool>;

TEST(ScaleIn, GoesOnAfterADeploymentThoughAwsStillTellsOfTheTimeBeforeIt) {
  Scaled there;
  ASSERT_TRUE(there.scale_in.hold(kService, kPlace, {}));
  EXPECT_EQ(there.written, (Written{true}));
  ASSERT_TRUE(there.scale_in.release(kService, kPlace));
  EXPECT_EQ(there.written, (Written{true, false}));
  ASSERT_TRUE(there.scale_in.release(kService, kPlace)) << "once is enough";
  EXPECT_EQ(there.written.size(), 2);
}

TEST(ScaleIn, IsAskedForByNameWhereClusterAndServiceAreArns) {
  Scaled there;
  const std::string arn = "arn:aws:ecs:eu-west-1:123456789012:";
  const rollout::EcsTarget place{
      .region = "eu-west-1", .cluster = arn + "cluster/shop", .service = arn + "service/shop/web"};
  ASSERT_TRUE(there.scale_in.hold(kService, place, {}));
  for (const std::string& request : there.around.requests()) {
    EXPECT_TRUE(contains(request, R"("service/shop/web")")) << request;
  }
}

TEST(ScaleIn, StaysSuspendedWhereSomebodyElseWantsItSo) {
  Scaled there;
  there.told = true;
  ASSERT_TRUE(there.scale_in.hold(kService, kPlace, {}));
  ASSERT_TRUE(there.scale_in.release(kService, kPlace));
  EXPECT_EQ(there.written, Written{});
}

}  // namespace
}  // namespace sluice::aws
