#include "core/rollout/function_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

using testing::HasSubstr;

Status returned(const std::string& payload, const std::string& log = "") {
  return judge_hook("check", {.payload = payload, .error = "", .log_tail = log});
}

TEST(FunctionHook, PassesWhatReturnsWithoutAWordAgainstIt) {
  for (const char* payload :
       {"null", "", "{}", "\"Validation passed\"", R"({"status": "Succeeded"})", R"({"hookStatus": "SUCCEEDED"})",
        R"({"statusCode": 200, "body": "Failed"})", "not json", R"(["Failed"])", R"({"status": 1})"}) {
    EXPECT_TRUE(returned(payload)) << payload;
  }
}

TEST(FunctionHook, FailsWhatSaysFailed) {
  for (const char* payload :
       {R"("Failed")", R"({"status": "Failed"})", R"({"hookStatus": "FAILED"})", R"({"Status": "failed"})"}) {
    const Status verdict = returned(payload);
    ASSERT_FALSE(verdict) << payload;
    EXPECT_EQ(verdict.error().kind, ErrorKind::Failed);
    EXPECT_EQ(verdict.error().message, std::string("the function check returned ") + payload);
  }
}

TEST(FunctionHook, IsAskedAgainWhileItIsInProgress) {
  const Status verdict = returned(R"({"hookStatus": "IN_PROGRESS", "callBackDelay": 5})");
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().kind, ErrorKind::Unavailable);
}

TEST(FunctionHook, TellsTheErrorOfAFunctionThatFailed) {
  const Status verdict = judge_hook(
      "check",
      {.payload = R"({"errorType": "KeyError", "errorMessage": "'intent'"})", .error = "Unhandled", .log_tail = ""});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().message, "the function check failed: KeyError: 'intent'");
  EXPECT_EQ(judge_hook("check", {.payload = "gone", .error = "Unhandled", .log_tail = ""}).error().message,
            "the function check failed: gone");
}

TEST(FunctionHook, ExplainsWhatCallsBackToCodeDeploy) {
  constexpr const char* kErrors[] = {
      R"({"errorType": "ClientError", "errorMessage": "An error occurred (InvalidLifecycleEventHookExecutionIdException) when calling"})",
      R"({"errorType": "DeploymentDoesNotExistException", "errorMessage": "The deployment 0001 could not be found"})",
      R"({"errorMessage": "User is not authorized to perform: codedeploy:PutLifecycleEventHookExecutionStatus on resource: *"})"};
  for (const char* payload : kErrors) {
    const Status verdict = judge_hook("check", {.payload = payload, .error = "Unhandled", .log_tail = ""});
    ASSERT_FALSE(verdict);
    EXPECT_THAT(verdict.error().message, HasSubstr("return the verdict instead")) << payload;
  }
  // What AWS's own example answers when its call fails names nothing; its log does.
  const Status logged = judge_hook("check", {.payload = R"({"errorMessage": "Validation test failed"})",
                                             .error = "Unhandled",
                                             .log_tail = "ERROR InvalidDeploymentIdException: 7 is no id"});
  EXPECT_THAT(logged.error().message, HasSubstr("return the verdict instead"));
}

/// It swallowed the error of its call, and whether it found something out is not known.
TEST(FunctionHook, DoesNotTakeASwallowedCallbackForAVerdict) {
  const std::string log = "could not report: DeploymentDoesNotExistException";
  EXPECT_THAT(returned("null", log).error().message, HasSubstr("return the verdict instead"));
  EXPECT_TRUE(returned(R"({"status": "Succeeded"})", log));
  EXPECT_EQ(returned(R"({"status": "Failed"})", log).error().message,
            R"(the function check returned {"status": "Failed"})");
}

TEST(FunctionHook, CutsLongAnswersBetweenCharacters) {
  std::string long_text;
  for (int i = 0; i < 500; ++i) long_text += "é";
  const Status verdict = judge_hook("check", {.payload = "x" + long_text, .error = "Unhandled", .log_tail = ""});
  EXPECT_THAT(verdict.error().message, testing::EndsWith("é…"));
}

}  // namespace
}  // namespace sluice::rollout
