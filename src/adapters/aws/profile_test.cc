#include "adapters/aws/profile.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/client.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

constexpr const char* kConfig =
    "[default]\n"
    "endpoint_url = http://of-all:1\n"
    "services = near\n"
    "use_fips_endpoint = true\n"
    "[profile far]\n"
    "services = nowhere\n"
    "[profile plain]\n"
    "region = eu-west-1\n"
    "[services near]\n"
    "elastic_load_balancing_v2 =\n"
    "  endpoint_url = http://of-balancers:2\n"
    "s3 =\n"
    "  addressing_style = path\n";

Result<Variables> read(AwsSurroundings& around) {
  const auto surroundings = around.get();
  const auto profiles = Profiles::load(surroundings.files, surroundings.variables);
  EXPECT_TRUE(profiles.has_value()) << profiles.error().message;
  return with_endpoints_of_profile(surroundings.variables, *profiles);
}

TEST(ProfileName, IsThatOfTheDefaultVariableWhereTheOtherSaysNothing) {
  AwsSurroundings around;
  const Variables variables = around.get().variables;
  EXPECT_EQ(profile_name(variables), "default");
  around.variables["AWS_DEFAULT_PROFILE"] = "work";
  EXPECT_EQ(profile_name(variables), "work");
  around.variables["AWS_PROFILE"] = "";
  EXPECT_EQ(profile_name(variables), "work");
  around.variables["AWS_PROFILE"] = "other";
  EXPECT_EQ(profile_name(variables), "other");
}

TEST(EndpointsOfProfile, StandWhereTheEnvironmentSaysNothing) {
  AwsSurroundings around;
  around.write("/.aws/config", kConfig);
  around.variables.erase("AWS_ENDPOINT_URL");
  const Variables variables = *read(around);
  EXPECT_EQ(variables("AWS_ENDPOINT_URL"), "http://of-all:1");
  EXPECT_EQ(variables("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2"), "http://of-balancers:2");
  EXPECT_EQ(variables("AWS_ENDPOINT_URL_S3"), std::nullopt);
  EXPECT_EQ(variables("AWS_USE_FIPS_ENDPOINT"), "true");
  EXPECT_EQ(variables("HOME"), around.home());
}

TEST(EndpointsOfProfile, GiveWayToEveryAddressOfTheEnvironment) {
  AwsSurroundings around;
  around.write("/.aws/config", kConfig);
  around.variables["AWS_ENDPOINT_URL"] = "http://of-environment:3";
  around.variables["AWS_USE_FIPS_ENDPOINT"] = "false";
  const Variables variables = *read(around);
  EXPECT_EQ(variables("AWS_ENDPOINT_URL"), "http://of-environment:3");
  EXPECT_EQ(variables("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2"), std::nullopt);
  EXPECT_EQ(variables("AWS_USE_FIPS_ENDPOINT"), "false");
}

TEST(EndpointsOfProfile, AreThoseOfTheProfileInUse) {
  AwsSurroundings around;
  around.write("/.aws/config", kConfig);
  around.variables.erase("AWS_ENDPOINT_URL");
  around.variables["AWS_PROFILE"] = "plain";
  EXPECT_EQ((*read(around))("AWS_ENDPOINT_URL"), std::nullopt);
  around.variables["AWS_PROFILE"] = "far";
  const auto nowhere = read(around);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().kind, ErrorKind::InvalidInput);
  EXPECT_TRUE(contains(nowhere.error().message, "[services nowhere]")) << nowhere.error().message;
}

TEST(EndpointsOfProfile, AreWhereAClientAsks) {
  AwsSurroundings around([](const std::string&) { return Answer{200, R"({"clusterArns":[]})"}; });
  around.write("/.aws/config", "[default]\nendpoint_url = " + around.url() + "\n");
  around.variables.erase("AWS_ENDPOINT_URL");
  const auto client = Client::create({.region = "eu-west-1"}, around.with_keys());
  ASSERT_TRUE(client.has_value()) << client.error().message;
  const auto answer = (*client)->call({.service = "ecs", .operation = "ListClusters"}, {});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(around.requests().size(), 1);
}

}  // namespace
}  // namespace sluice::aws
