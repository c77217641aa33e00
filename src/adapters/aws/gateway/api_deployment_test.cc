#include "adapters/aws/gateway/api_deployment.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::aws::gateway {
namespace {

const rollout::ServiceKey kApi{"chat", "staging", "api"};
const rollout::ServiceKey kOther{"chat", "production", "api"};

ApiDeployment made(const std::string& id, const rollout::ServiceKey& service, const std::string& revision) {
  return {
      .id = id, .description = to_string(Origin{service, revision, ""}), .status = "DEPLOYED", .status_message = ""};
}

TEST(ApiDeployment, SaysWhereItComesFrom) {
  const Origin with{kApi, "01JD", "12ab"};
  EXPECT_EQ(to_string(with), "sluice chat/staging/api 01JD sha256=12ab");
  EXPECT_EQ(parse_origin(to_string(with)), with);
  const Origin without{kApi, "01JD", ""};
  EXPECT_EQ(parse_origin(to_string(without)), without);
}

TEST(ApiDeployment, IsSomebodyElsesWithoutThat) {
  for (const char* text : {"", "sluice", "sluice is great", "sluice a/b/c", "sluice a/b 01JD", "by hand"}) {
    EXPECT_EQ(parse_origin(text), std::nullopt) << text;
  }
}

TEST(ApiDeployment, IsFoundByServiceAndRevisionAndOfTwoAlwaysTheSame) {
  const std::vector<ApiDeployment> there{made("c", kApi, "1"), made("b", kApi, "2"), made("a", kOther, "1"),
                                         made("b2", kApi, "1")};
  ASSERT_NE(find_revision(there, kApi, "1"), nullptr);
  EXPECT_EQ(find_revision(there, kApi, "1")->id, "b2");
  EXPECT_EQ(find_revision(there, kOther, "1")->id, "a");
  EXPECT_EQ(find_revision(there, kOther, "2"), nullptr);
}

TEST(ApiDeployment, IsTooOldAfterTheNewestTenOfItsServiceWhereNothingUsesIt) {
  std::vector<ApiDeployment> there{{.id = "theirs", .description = "by hand", .status = "", .status_message = ""},
                                   made("elsewhere", kOther, "r00")};
  for (int i = 12; i >= 0; --i) there.push_back(made(fmt::format("d{}", i), kApi, fmt::format("r{:02}", i)));
  EXPECT_EQ(too_old(there, kApi, {"d1"}), (std::vector<std::string>{"d0", "d2"}));
  EXPECT_TRUE(too_old(there, kOther, {}).empty());
}

TEST(ApiDeployment, WasDeletedWhereANewerOneOfItsServiceIsThere) {
  const std::vector<ApiDeployment> there{made("a", kApi, "r2"), made("b", kOther, "r9")};
  EXPECT_TRUE(has_newer(there, kApi, "r1"));
  EXPECT_FALSE(has_newer(there, kApi, "r3"));
}

}  // namespace
}  // namespace sluice::aws::gateway
