#include "core/iam/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::iam {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

config::Environment environment_of(const std::string& text, const std::string& name) {
  const auto parsed = config::parse(text, "f");
  std::string told;
  for (const Finding& finding : parsed.findings) told += to_string(finding) + "\n";
  EXPECT_TRUE(parsed.configuration) << told;
  return parsed.configuration ? parsed.configuration->environments.at(name) : config::Environment{};
}

/// A line a statement, so that a change of one is a line of a diff.
std::string shown(const json::object& policy) {
  std::string text = json::serialize(policy.at("Version")) + "\n";
  for (const json::value& statement : policy.at("Statement").as_array()) text += json::serialize(statement) + "\n";
  return text;
}

void expect_golden(const std::string& name, const std::string& environment) {
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam" / (name + ".yaml");
  const auto policy = policy_of(environment_of(read_file(yaml), environment));
  ASSERT_TRUE(policy) << policy.error().message;
  const fs::path out = fs::path(yaml).replace_extension(".out");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(out, std::ios::binary) << shown(*policy);
  EXPECT_EQ(shown(*policy), read_file(out)) << yaml;
}

TEST(IamPolicy, LetsARunnerDoWhatItsTasksNeed) {
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/runners.yaml";
  const auto parsed = config::parse(read_file(yaml), "f");
  ASSERT_TRUE(parsed.configuration);
  std::string text;
  for (const config::EcsRunner& runner : parsed.configuration->runners) {
    text += runner.name + "\n" + shown(policy_of(runner));
  }
  const fs::path out = fs::path(yaml).replace_extension(".out");
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(out, std::ios::binary) << text;
  EXPECT_EQ(text, read_file(out));
}

TEST(IamPolicy, NamesTheResourcesOfOneService) { expect_golden("one_service", "staging"); }

TEST(IamPolicy, NamesThoseOfSeveralServicesInAnotherPartition) { expect_golden("several_services", "production"); }

TEST(IamPolicy, NamesTheFunctionsOfAnEnvironment) { expect_golden("functions", "staging"); }

TEST(IamPolicy, NamesTheStagesOfAnEnvironment) { expect_golden("gateways", "staging"); }

TEST(IamPolicy, NamesTheFunctionsThatAreHooks) { expect_golden("hooks", "staging"); }

TEST(IamPolicy, LetsCodeDeployDoWhatItDoes) { expect_golden("codedeploy", "staging"); }

TEST(IamPolicy, LetsEcssOwnDeploymentsBeLed) { expect_golden("native", "staging"); }

TEST(IamPolicy, NamesTheFlagsOfAnEnvironment) { expect_golden("flags", "staging"); }

TEST(IamPolicy, NamesTheLogsOfContainerInsightsWhereAnAlarmIsOnWhatTheyTell) {
  expect_golden("utilization", "staging");
}

TEST(IamPolicy, NeedsNothingMoreForWhatEcsTellsOfAService) { expect_golden("service_utilization", "staging"); }

TEST(IamPolicy, IsOfTheAccountThatTheEnvironmentSays) { expect_golden("account", "staging"); }

TEST(IamPolicy, LetsTheJournalInS3BeReadAndWritten) {
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/functions.yaml";
  const config::Environment environment = environment_of(read_file(yaml), "staging");
  const auto with = [&](const char* journal) {
    return shown(*policy_of(environment, {.journal = *rollout::parse_journal_place(journal)}));
  };
  const std::string without = shown(*policy_of(environment));
  EXPECT_EQ(with("s3://journal/shop"),
            without + R"({"Sid":"Journal","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],)"
                      R"("Resource":["arn:aws:s3:::journal/shop/*"]})"
                      "\n"
                      R"({"Sid":"WhatTheJournalLacks","Effect":"Allow","Action":["s3:ListBucket"],)"
                      R"("Resource":["arn:aws:s3:::journal"]})"
                      "\n");
  EXPECT_NE(with("s3://journal?region=cn-north-1").find("arn:aws-cn:s3:::journal/*"), std::string::npos);
}

TEST(IamPolicy, LetsPackagesAndKeysBeReadThatTheFileDoesNotSay) {
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/functions.yaml";
  const config::Environment environment = environment_of(read_file(yaml), "staging");
  const std::string key = "arn:aws:kms:eu-west-1:123456789012:key/1";
  EXPECT_EQ(shown(*policy_of(environment, {.packages = {"dist/overflow/", "dist/web"}, .kms_keys = {key}})),
            shown(*policy_of(environment)) +
                R"({"Sid":"KeysOfSecrets","Effect":"Allow","Action":["kms:Decrypt"],"Resource":[")" + key + R"("]})" +
                "\n" +
                R"({"Sid":"Packages","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],)"
                R"("Resource":["arn:aws:s3:::dist/overflow/*","arn:aws:s3:::dist/web*"]})"
                "\n");
}

TEST(IamPolicy, LetsDataKeysBeMadeWhereObjectsAreWritten) {
  const std::string key = "arn:aws:kms:eu-west-1:123456789012:key/1";
  const auto allows = [&key](const char* sid, const char* actions) {
    return std::string(R"({"Sid":")") + sid + R"(","Effect":"Allow","Action":[)" + actions + R"(],"Resource":[")" +
           key + "\"]}\n";
  };
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/functions.yaml";
  const config::Environment environment = environment_of(read_file(yaml), "staging");
  const auto journal = *rollout::parse_journal_place("s3://journal/shop");
  EXPECT_TRUE(shown(*policy_of(environment, {.journal = journal, .kms_keys = {key}}))
                  .ends_with(allows("KeysOfTheJournal", R"("kms:GenerateDataKey")")));
  const config::EcsRunner runner{.name = "small", .cluster = "ci", .bucket = "jobs"};
  EXPECT_EQ(shown(policy_of(runner, {key})),
            shown(policy_of(runner)) + allows("KeysOfJobs", R"("kms:Decrypt","kms:GenerateDataKey")"));
}

/// Of the reads for which AWS knows no resource, and of the two whose conditions say the service.
TEST(IamPolicy, NamesTheSecretsAndWhoIsTold) { expect_golden("surroundings", "staging"); }

TEST(IamPolicy, NamesTheWorkspacesOfTheUsersOwnMetrics) { expect_golden("own_metrics", "staging"); }

TEST(IamPolicy, NamesTheRepositoriesWhoseScansAreAskedFor) { expect_golden("scans", "staging"); }

TEST(IamPolicy, TakesScansToBeInTheEnvironmentsAccountWhereAnotherRegistryIsNamed) {
  std::string text = read_file(fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/scans.yaml");
  text.replace(text.find("210987654321.dkr.ecr.eu-central-1.amazonaws.com/team"), 52, "127.0.0.1:5000");
  const std::string policy = shown(*policy_of(environment_of(text, "staging")));
  EXPECT_NE(policy.find(R"("Sid":"ScanFindings","Effect":"Allow",)"
                        R"("Action":["ecr:BatchGetImage","ecr:DescribeImageScanFindings"],)"
                        R"("Resource":["arn:aws:ecr:eu-west-1:)"),
            std::string::npos)
      << policy;
  EXPECT_EQ(policy.find("ecr:PutImage"), std::string::npos);
}

TEST(IamPolicy, NamesWhatAMachineNeedsOfAws) { expect_golden("machine", "local"); }

TEST(IamPolicy, LimitsByAConditionWhatItAllowsOnEveryResource) {
  const fs::path yaml = fs::path(SLUICE_SOURCE_DIR) / "tests/golden/iam/one_service.yaml";
  const auto policy = policy_of(environment_of(read_file(yaml), "staging"));
  ASSERT_TRUE(policy);
  for (const json::value& statement : policy->at("Statement").as_array()) {
    const json::array& resources = statement.at("Resource").as_array();
    const bool is_everything = std::ranges::find(resources, json::value("*")) != resources.end();
    EXPECT_TRUE(!is_everything || statement.as_object().contains("Condition")) << json::serialize(statement);
    for (const json::value& action : statement.at("Action").as_array()) {
      EXPECT_EQ(action.as_string().find('*'), json::string::npos) << action;
    }
  }
}

TEST(IamPolicy, IsNothingForAMachine) {
  const auto policy = policy_of(environment_of("{version: 1, project: p, services: {web: {image: w}}}", "local"));
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().message,
            "the environment 'local' is not in AWS and needs no policy of IAM: name one with 'target: aws'");
}

std::string without_account(const std::string& role) {
  return "{version: 1, project: p, analysis: off, strategy: {steps: [{weight: 100%}]}, environments: {live: {target: "
         "aws, region: eu-west-1" +
         role +
         "}}, services: {web: {image: w, aws: {cluster: c, service: s, container: w, target_groups: [a, b], rules: "
         "['arn:aws:elasticloadbalancing:eu-west-1::listener-rule/app/n/1/2/3']}}}}";
}

TEST(IamPolicy, TakesTheAccountOfTheRoleWhenTheRuleNamesNone) {
  const auto policy =
      policy_of(environment_of(without_account(", role: 'arn:aws:iam::123456789012:role/sluice'"), "live"));
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->at("Statement").at(0).at("Resource"),
            json::array{"arn:aws:ecs:eu-west-1:123456789012:service/c/s"});
}

TEST(IamPolicy, AsksForAnAccountWhenNothingNamesOne) {
  const auto policy = policy_of(environment_of(without_account(""), "live"));
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().message,
            "the listener rule arn:aws:elasticloadbalancing:eu-west-1::listener-rule/app/n/1/2/3 of the service 'web' "
            "names no account of twelve digits: write its whole ARN, or the environment's 'account' or "
            "'role'");
}

}  // namespace
}  // namespace sluice::iam
