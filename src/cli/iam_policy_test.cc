#include "cli/iam_policy.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::cli {
namespace {

namespace json = boost::json;

const std::string kOneService = std::string(SLUICE_SOURCE_DIR) + "/tests/golden/iam/one_service.yaml";

const std::string kRunners = std::string(SLUICE_SOURCE_DIR) + "/tests/golden/iam/runners.yaml";

struct Ran {
  int code = 0;
  std::string output;
  std::string errors;
};

using Options = std::vector<std::pair<std::string, std::string>>;

Ran run(const Options& options, const std::string& file = kOneService, bool as_json = false) {
  Invocation invocation{.command = "iam-policy", .json = as_json};
  invocation.arguments.add("file", file);
  for (const auto& [name, value] : options) invocation.arguments.add(name, value);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_iam_policy(invocation);
  ran.output = testing::internal::GetCapturedStdout();
  ran.errors = testing::internal::GetCapturedStderr();
  return ran;
}

TEST(IamPolicyCommand, PrintsTheSameDocumentIndentedAndInALine) {
  const Ran indented = run({{"environment", "staging"}});
  const Ran line = run({{"environment", "staging"}}, kOneService, true);
  ASSERT_EQ(indented.code, 0) << indented.errors;
  ASSERT_EQ(line.code, 0) << line.errors;
  EXPECT_EQ(indented.output.find("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n"), 0U);
  EXPECT_EQ(line.output.find('\n'), line.output.size() - 1);
  const json::object object = json::parse(line.output).as_object();
  EXPECT_EQ(object.at("type"), "iam_policy");
  EXPECT_EQ(object.at("environment"), "staging");
  EXPECT_EQ(object.at("policy"), json::parse(indented.output));
}

TEST(IamPolicyCommand, PrintsWhomTheRoleTrusts) {
  const Ran ran = run({{"environment", "staging"}, {"trust", ""}, {"repository", "o/s"}, {"branch", "main"}});
  ASSERT_EQ(ran.code, 0) << ran.errors;
  EXPECT_EQ(json::parse(ran.output).at("Statement").at(0).at("Action"), "sts:AssumeRoleWithWebIdentity");
}

TEST(IamPolicyCommand, TakesPlacesOfPackagesAndKeys) {
  const Ran ran = run(
      {{"environment", "staging"}, {"packages", "s3://dist"}, {"kms-key", "arn:aws:kms:eu-west-1:123456789012:key/1"}});
  ASSERT_EQ(ran.code, 0) << ran.errors;
  EXPECT_NE(ran.output.find("arn:aws:s3:::dist/*"), std::string::npos);
  EXPECT_NE(ran.output.find("kms:Decrypt"), std::string::npos);
}

TEST(IamPolicyCommand, RefusesWhatIsNoPlaceOfPackagesAndNoKey) {
  for (const char* place : {"dist", "s3://", "s3:///a", "s3://dist/*"}) {
    EXPECT_NE(run({{"environment", "staging"}, {"packages", place}}).errors.find("say s3://BUCKET/PREFIX"),
              std::string::npos)
        << place;
  }
  const Ran alias = run({{"environment", "staging"}, {"kms-key", "arn:aws:kms:eu-west-1:123456789012:alias/shop"}});
  EXPECT_EQ(alias.code, 2);
  EXPECT_NE(alias.errors.find("is no ARN of a key"), std::string::npos);
  const Ran trust = run({{"environment", "staging"}, {"trust", ""}, {"repository", "o/s"}, {"kms-key", "k"}});
  EXPECT_NE(trust.errors.find("--kms-key is not for --trust"), std::string::npos);
}

TEST(IamPolicyCommand, PrintsWhatARunnerNeeds) {
  const Ran ran = run({{"runner", "small"}}, kRunners, true);
  ASSERT_EQ(ran.code, 0) << ran.errors;
  const json::object object = json::parse(ran.output).as_object();
  EXPECT_EQ(object.at("runner"), "small");
  EXPECT_EQ(object.at("policy").at("Statement").at(0).at("Action"), json::array{"ecs:RunTask"});
  const Ran encrypted = run({{"runner", "small"}, {"kms-key", "arn:aws:kms:eu-west-1:123456789012:key/1"}}, kRunners);
  EXPECT_NE(encrypted.output.find("kms:GenerateDataKey"), std::string::npos) << encrypted.output;
}

TEST(IamPolicyCommand, SaysWhatIsWrong) {
  struct Case {
    Options options;
    std::string file;
    std::string error;
  };
  const std::vector<Case> cases{
      {{}, kOneService, "the environment 'local' is not in AWS and needs no policy of IAM"},
      {{{"environment", "stagin"}}, kOneService, "there is no environment 'stagin': did you mean 'staging'?"},
      {{{"environment", "staging"}, {"trust", ""}}, kOneService, "--trust needs the repository that is trusted"},
      {{{"environment", "staging"}, {"branch", "main"}}, kOneService, "--branch is for --trust"},
      {{{"environment", "staging"}, {"repository", "o/s"}}, kOneService, "--repository is for --trust"},
      {{{"runner", "fargat"}}, kRunners, "there is no runner 'fargat': did you mean 'fargate'?"},
      {{{"runner", "fargate"}}, kOneService, "there is no runner 'fargate': write it under 'runners'"},
      {{{"runner", "fargate"}, {"environment", "local"}}, kRunners, "--environment is not for --runner"},
      {{{"runner", "fargate"}, {"kms-key", "alias/jobs"}}, kRunners, "--kms-key alias/jobs is no ARN of a key"},
      {{}, "/nowhere/sluice.yaml", "cannot read /nowhere/sluice.yaml"},
      {{}, SLUICE_SOURCE_DIR "/tests/golden/config/err/aws.yaml", "cannot be used"},
  };
  for (const Case& each : cases) {
    const Ran ran = run(each.options, each.file);
    EXPECT_EQ(ran.code, 2) << each.error;
    EXPECT_EQ(ran.output, "");
    EXPECT_NE(ran.errors.find("sluice: "), std::string::npos);
    EXPECT_NE(ran.errors.find(each.error), std::string::npos) << ran.errors;
  }
}

}  // namespace
}  // namespace sluice::cli
