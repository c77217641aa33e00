#include "adapters/aws/ecr/registries.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws::ecr {
namespace {

namespace json = boost::json;
using test::Answer;
using test::AwsSurroundings;
using test::contains;

const std::string kRegistry = "123456789012.dkr.ecr.eu-north-1.amazonaws.com";

/// ECR, as it answers each operation.
struct Region {
  std::map<std::string, Answer> answers;
  AwsSurroundings around{[this](const std::string& request) {
    for (const auto& [operation, answer] : answers) {
      if (contains(request, "_V20150921." + operation + "\r\n")) return answer;
    }
    return Answer{400, R"({"__type":"InvalidParameterException","message":"not said by the test"})"};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  Registries registries{clients};
  explicit Region(std::map<std::string, Answer> given) : answers(std::move(given)) {}
};

TEST(EcrAddress, IsToldFromOtherRegistries) {
  EXPECT_EQ(address_of(kRegistry), (Address{"123456789012", "eu-north-1", ""}));
  EXPECT_EQ(address_of(kRegistry + "/team/x"), (Address{"123456789012", "eu-north-1", "team/x/"}));
  EXPECT_EQ(address_of("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com")->region, "us-gov-west-1");
  EXPECT_EQ(address_of("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")->region, "cn-north-1");
  for (const char* other :
       {"127.0.0.1:5000", "public.ecr.aws/x", "12.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org", "123456789012.dkr.ecr..amazonaws.com",
        "example.org/123456789012.dkr.ecr.eu-west-1.amazonaws.com"}) {
    EXPECT_FALSE(address_of(other)) << other;
  }
}

TEST(EcrTags, AreKeptByTheirRepositorysRules) {
  const auto kept = [](const char* repository, const char* tag) {
    return keeps_tag(json::parse(repository).as_object(), tag);
  };
  EXPECT_FALSE(kept("{}", "a"));
  EXPECT_FALSE(kept(R"({"imageTagMutability":"MUTABLE"})", "a"));
  EXPECT_TRUE(kept(R"({"imageTagMutability":"IMMUTABLE"})", "a"));
  const char* but_latest = R"({"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[
      {"filterType":"WILDCARD","filter":"latest"},{"filterType":"WILDCARD","filter":"dev-*-x*"}]})";
  EXPECT_FALSE(kept(but_latest, "latest"));
  EXPECT_FALSE(kept(but_latest, "dev-1-x"));
  EXPECT_TRUE(kept(but_latest, "dev-1"));
  EXPECT_TRUE(kept(but_latest, "sha-1"));
  EXPECT_TRUE(kept(R"({"imageTagMutability":"MUTABLE_WITH_EXCLUSION","imageTagMutabilityExclusionFilters":[
      {"filterType":"WILDCARD","filter":"sha-*"}]})",
                   "sha-1"));
}

TEST(EcrLogin, IsAskedForInTheRegistrysRegionOnly) {
  Region region({{"GetAuthorizationToken", {200, R"({"authorizationData":[{"authorizationToken":"QVdTOng="}]})"}}});
  const auto login = region.registries.login({kRegistry, "shop/web", "sha-1"}, {});
  ASSERT_TRUE(login) << login.error().message;
  EXPECT_EQ((*login)->reveal(), "QVdTOng=");
  EXPECT_TRUE(contains(region.around.requests()[0], "/eu-north-1/ecr/aws4_request"));
  EXPECT_FALSE(*region.registries.login({"127.0.0.1:5000", "shop/web", "sha-1"}, {}));
  EXPECT_EQ(region.around.requests().size(), 1u);
}

TEST(EcrRules, NameWhatIsMissing) {
  const Answer absent{400, R"({"__type":"RepositoryNotFoundException","message":"no"})"};
  Region none({{"DescribeRepositories", absent}});
  const auto refused = none.registries.rules({kRegistry + "/team", "shop/web", "sha-1"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
  EXPECT_TRUE(contains(refused.error().message, "--repository-name team/shop/web`")) << refused.error().message;

  const Answer immutable{200, R"({"repositories":[{"imageTagMutability":"IMMUTABLE"}]})"};
  Region bare({{"DescribeRepositories", immutable},
               {"GetLifecyclePolicy", {400, R"({"__type":"LifecyclePolicyNotFoundException","message":"no"})"}}});
  const auto rules = bare.registries.rules({kRegistry, "shop/web", "sha-1"}, {});
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_TRUE(rules->keeps_tag);
  ASSERT_EQ(rules->notices.size(), 1u);
  EXPECT_TRUE(contains(rules->notices[0], "no lifecycle policy"));

  Region denied({{"DescribeRepositories", immutable},
                 {"GetLifecyclePolicy", {400, R"({"__type":"AccessDeniedException","message":"no"})"}}});
  EXPECT_TRUE(denied.registries.rules({kRegistry, "shop/web", "sha-1"}, {})->notices.empty());
}

}  // namespace
}  // namespace sluice::aws::ecr
