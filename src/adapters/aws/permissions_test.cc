#include "adapters/aws/permissions.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

constexpr const char* kAccount = "arn:aws:iam::123456789012:";
constexpr const char* kPath = "aws-reserved/sso.amazonaws.com/";
const std::string kPolicy = R"({"Statement":[{"Effect":"Allow","Action":["ecs:CreateTaskSet"],"Resource":"*"}]})";

Answer refusal(int status, const std::string& code) {
  return {status, "<ErrorResponse><Error><Code>" + code + "</Code><Message>so it is</Message></Error></ErrorResponse>"};
}

std::string result(const std::string& action, const std::string& decision) {
  return "<member><EvalActionName>" + action + "</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>" +
         decision + "</EvalDecision></member>";
}

Answer simulated(const std::string& results, const std::string& marker = "") {
  const std::string more = marker.empty() ? "<IsTruncated>false</IsTruncated>"
                                          : "<IsTruncated>true</IsTruncated><Marker>" + marker + "</Marker>";
  return {200, "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>" + results +
                   "</EvaluationResults>" + more +
                   "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"};
}

/// IAM with one role, below a path.
struct Iam {
  Answer role{200, std::string("<GetRoleResponse><GetRoleResult><Role><RoleName>sluice</RoleName><Arn>") + kAccount +
                       "role/" + kPath + "sluice</Arn></Role></GetRoleResult></GetRoleResponse>"};
  AwsSurroundings around{[this](const std::string& request) {
    if (contains(request, "Action=AssumeRole&")) return test::sts_answer("AssumeRole", "ASIA", "2026-01-02T04:04:05Z");
    if (contains(request, "Action=GetRole&")) return role;
    if (!contains(request, "role%2Faws-reserved%2Fsso.amazonaws.com%2Fsluice")) return refusal(404, "NoSuchEntity");
    if (contains(request, "Marker=second")) return simulated(result("ecs:DeleteTaskSet", "explicitDeny"));
    return simulated(result("ecs:CreateTaskSet", "implicitDeny"), "second");
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  Permissions permissions{clients};

  auto denied(const std::string& role_in_use = "") {
    return permissions.denied({"eu-west-1", role_in_use}, std::string(kAccount) + "role/sluice", kPolicy);
  }
  long asked(const std::string& operation) {
    return std::ranges::count_if(
        around.requests(), [&](const std::string& request) { return contains(request, "Action=" + operation + "&"); });
  }
};

TEST(AwsPermissions, KnowsTheRoleOfASession) {
  EXPECT_EQ(role_of_session("arn:aws:sts::123456789012:assumed-role/sluice/job"),
            std::string(kAccount) + "role/sluice");
  EXPECT_EQ(role_of_session("arn:aws:iam::123456789012:user/ada"), "arn:aws:iam::123456789012:user/ada");
}

TEST(AwsPermissions, AsksForARolesPathAndReadsAllPages) {
  Iam iam;
  const auto denied = iam.denied();
  ASSERT_TRUE(denied) << denied.error().message;
  EXPECT_EQ(*denied,
            (std::vector<ports::DeniedAction>{{"ecs:CreateTaskSet", "*", false}, {"ecs:DeleteTaskSet", "*", true}}));
  EXPECT_EQ(iam.asked("GetRole"), 1);
}

TEST(AwsPermissions, KnowsThePathOfTheRoleThatTheEnvironmentNames) {
  Iam iam;
  const auto denied = iam.denied(std::string(kAccount) + "role/" + kPath + "sluice");
  ASSERT_TRUE(denied) << denied.error().message;
  EXPECT_EQ(denied->size(), 2U);
  EXPECT_EQ(iam.asked("GetRole"), 0);
}

TEST(AwsPermissions, SaysWhatToAllowWhereARolesPathCannotBeAskedFor) {
  Iam iam;
  iam.role = refusal(403, "AccessDenied");
  const auto denied = iam.denied();
  ASSERT_FALSE(denied);
  EXPECT_TRUE(contains(denied.error().message, "Allow iam:GetRole on arn:aws:iam::123456789012:role/*sluice"))
      << denied.error().message;
  iam.role = refusal(404, "NoSuchEntity");
  EXPECT_EQ(iam.denied().error().kind, ErrorKind::NotFound);
}

TEST(AwsPermissions, NeedsNoPathOfARoleThatHasNone) {
  AwsSurroundings around([](const std::string& request) {
    return contains(request, "Action=GetRole&") ? refusal(403, "AccessDenied") : simulated(result("a:B", "allowed"));
  });
  ClientPool clients{test::at_once(), around.with_keys()};
  const auto denied = Permissions(clients).denied({"eu-west-1", ""}, "arn:aws:iam::123456789012:role/sluice", kPolicy);
  ASSERT_TRUE(denied) << denied.error().message;
  EXPECT_TRUE(denied->empty());
}

}  // namespace
}  // namespace sluice::aws
