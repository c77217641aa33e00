#include "adapters/aws/endpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace sluice::aws {
namespace {

Result<Endpoint> endpoint(const std::string& service, const std::string& region,
                          const std::map<std::string, std::string>& variables = {}) {
  return endpoint_of(**find_service(service), region, [&variables](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Endpoint, FollowsThePartitionOfTheRegion) {
  EXPECT_EQ(endpoint("ecs", "eu-west-1")->base, "https://ecs.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpoint("cloudwatch", "cn-north-1")->base, "https://monitoring.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(endpoint("elbv2", "us-gov-west-1")->host, "elasticloadbalancing.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(partition_of("us-gov-east-1")->id, "aws-us-gov");
  EXPECT_EQ(partition_of("us-isob-east-1")->dns_suffix, "sc2s.sgov.gov");
}

TEST(Endpoint, OfIamIsOneForAllRegionsOfAPartition) {
  EXPECT_EQ(endpoint("iam", "us-east-1")->base, "https://iam.amazonaws.com");
  EXPECT_EQ(endpoint("iam", "cn-northwest-1")->base, "https://iam.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(endpoint("iam", "us-gov-east-1")->base, "https://iam.us-gov.amazonaws.com");
  EXPECT_EQ(*home_of_iam(*partition_of("eu-west-1")), "us-east-1");
  EXPECT_FALSE(home_of_iam(*partition_of("us-iso-east-1")));
}

TEST(Endpoint, IsTheFipsOneWhereThatIsAsked) {
  const auto fips = endpoint("sts", "us-east-1", {{"AWS_USE_FIPS_ENDPOINT", "true"}});
  EXPECT_EQ(fips->base, "https://sts-fips.us-east-1.amazonaws.com");
}

TEST(Endpoint, IsWhereTheRuleSetsOfAwsSeeIt) {
  std::ifstream table(SLUICE_SOURCE_DIR "/tests/data/aws-endpoints/endpoints.txt");
  int lines = 0;
  std::string service;
  std::string region;
  std::string fips;
  for (std::string host; table >> service >> region >> fips >> host; ++lines) {
    const auto ours = endpoint(service, region, {{"AWS_USE_FIPS_ENDPOINT", fips == "1" ? "true" : "false"}});
    EXPECT_EQ(ours->host, host) << service << " in " << region;
  }
  EXPECT_EQ(lines, 200);
}

TEST(Endpoint, IsAnotherHostOfTheServicesUnlessTheUserHasOneOfHisOwn) {
  const auto at = [](const std::string& host, const std::map<std::string, std::string>& variables = {}) {
    return endpoint_of(
               **find_service("amp"), "eu-west-1",
               [&variables](const std::string& name) {
                 const auto found = variables.find(name);
                 return found == variables.end() ? std::nullopt : std::optional(found->second);
               },
               host)
        ->base;
  };
  const std::string ordinary = "aps-workspaces.eu-west-1.amazonaws.com";
  const std::string fips = "aps-workspaces-fips.eu-west-1.amazonaws.com";
  EXPECT_EQ(at(""), "https://" + ordinary);
  EXPECT_EQ(at(fips), "https://" + fips);
  EXPECT_EQ(at(ordinary, {{"AWS_USE_FIPS_ENDPOINT", "true"}}), "https://" + fips);
  EXPECT_EQ(at("aps-workspaces.eu-west-1.api.aws", {{"AWS_USE_FIPS_ENDPOINT", "true"}}),
            "https://aps-workspaces.eu-west-1.api.aws");
  EXPECT_EQ(at(fips, {{"AWS_ENDPOINT_URL_AMP", "http://127.0.0.1:5000"}}), "http://127.0.0.1:5000");
}

TEST(Endpoint, IsTheUsersOwnAndAServicesOwnBeforeTheCommonOne) {
  std::map<std::string, std::string> variables = {{"AWS_ENDPOINT_URL", "http://127.0.0.1:5000/"},
                                                  {"AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "https://alb:443/in"}};
  EXPECT_EQ(endpoint("ecs", "eu-west-1", variables)->host, "127.0.0.1:5000");
  EXPECT_EQ(endpoint("ecs", "eu-west-1", variables)->base, "http://127.0.0.1:5000");
  const auto alb = endpoint("elbv2", "eu-west-1", variables);
  EXPECT_EQ(alb->base, "https://alb:443");
  EXPECT_EQ(alb->host, "alb");
  EXPECT_EQ(alb->prefix, "/in");
  variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(endpoint("ecs", "eu-west-1", variables)->host, "ecs.eu-west-1.amazonaws.com");
}

TEST(Endpoint, RefusesWhatIsNoAddressAndNoRegion) {
  for (const char* url : {"127.0.0.1:5000", "https://", "ftp://a", "http://user@host", "http://host/?a=1"}) {
    const auto wrong = endpoint("ecs", "eu-west-1", {{"AWS_ENDPOINT_URL", url}});
    ASSERT_FALSE(wrong.has_value()) << url;
    EXPECT_NE(wrong.error().message.find("AWS_ENDPOINT_URL"), std::string::npos);
  }
  for (const char* region : {"", "eu", "eu-west", "mars-north-1", "eu-west-1.example.com/x-1", "EU-WEST-1"}) {
    EXPECT_FALSE(endpoint("ecs", region).has_value()) << region;
  }
  EXPECT_NE(find_service("elbv").error().message.find("elbv2"), std::string::npos);
}

}  // namespace
}  // namespace sluice::aws
