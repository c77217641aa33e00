#include "core/iam/trust_policy.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::iam {
namespace {

namespace json = boost::json;

constexpr const char* kRule = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/n/1/2/3";

config::Service service_in(const std::string& account) {
  std::string rule = kRule;
  rule.replace(rule.find("123456789012"), account.size(), account);
  return {.name = "web", .target = rollout::EcsTarget{.region = "eu-west-1", .rules = {rule}}};
}

config::Environment environment(std::vector<config::Service> services) {
  return {.name = "live", .is_aws = true, .services = std::move(services)};
}

Result<json::object> trust(const std::string& repository, const std::string& branch = "") {
  return trust_policy_of(environment({service_in("123456789012")}), {repository, branch});
}

TEST(IamTrustPolicy, TrustsOneBranchOfOneRepository) {
  const auto policy = trust("octo-org/shop", "release/2");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(*policy, json::parse(R"({"Version": "2012-10-17", "Statement": [{
    "Sid": "GitHub", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
    "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
    "Condition": {"StringEquals": {
      "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
      "token.actions.githubusercontent.com:sub": "repo:octo-org/shop:ref:refs/heads/release/2"}}}]})"));
}

TEST(IamTrustPolicy, TrustsAWholeRepositoryButNoOther) {
  const auto policy = trust("octo-org/shop");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->at("Statement").at(0).at("Condition"),
            json::parse(R"({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
    "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo-org/shop:*"}})"));
}

TEST(IamTrustPolicy, TakesTheIdsOfImmutableSubjects) {
  const auto policy = trust("octocat@123456/my-repo@456789", "main");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(
      policy->at("Statement").at(0).at_pointer("/Condition/StringEquals").at("token.actions.githubusercontent.com:sub"),
      "repo:octocat@123456/my-repo@456789:ref:refs/heads/main");
}

TEST(IamTrustPolicy, RefusesWhatIsNoRepositoryOrMatchesOthers) {
  for (const char* repository : {"", "shop", "octo-org/", "/shop", "octo-org/*", "*/*", "octo-org/shop/x", "o/s:ref",
                                 "octo-org/sh?p", "o@1/s", "o/s@1", "o@/s@1", "o@x/s@1", "${aws:x}/s"}) {
    const auto policy = trust(repository);
    ASSERT_FALSE(policy) << repository;
    EXPECT_NE(policy.error().message.find("OWNER/NAME"), std::string::npos);
  }
}

TEST(IamTrustPolicy, RefusesWhatIsNoBranch) {
  for (const char* branch : {"*", "release/*", "ma?n", "a b", "a:b", "${x}"}) {
    const auto policy = trust("octo-org/shop", branch);
    ASSERT_FALSE(policy) << branch;
    EXPECT_NE(policy.error().message.find("is no branch"), std::string::npos);
  }
}

TEST(IamTrustPolicy, IsOfTheAccountOfTheRole) {
  config::Environment live = environment({service_in("123456789012")});
  live.access.role = "arn:aws:iam::999999999999:role/sluice";
  const auto policy = trust_policy_of(live, {"o/s", "main"});
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->at("Statement").at(0).at_pointer("/Principal/Federated"),
            "arn:aws:iam::999999999999:oidc-provider/token.actions.githubusercontent.com");
}

TEST(IamTrustPolicy, AsksForTheRoleWhenTheServicesAreInSeveralAccounts) {
  const auto policy =
      trust_policy_of(environment({service_in("123456789012"), service_in("210987654321")}), {"o/s", "main"});
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().message,
            "the services of 'live' are in the accounts 123456789012 and 210987654321: name the environment's "
            "'account' or 'role'");
}

TEST(IamTrustPolicy, IsNothingForAMachine) {
  const auto policy = trust_policy_of({.name = "local"}, {"o/s", "main"});
  ASSERT_FALSE(policy);
  EXPECT_NE(policy.error().message.find("is not in AWS"), std::string::npos);
}

}  // namespace
}  // namespace sluice::iam
