#include "adapters/aws/prometheus_workspaces.h"

#include <gtest/gtest.h>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

constexpr Milliseconds kWithin{3'000};
constexpr const char* kForm = "query=up&time=1.000&timeout=3000ms";
const rollout::PrometheusWorkspace kWorkspace{"ws-1", "us-east-1", "aps-workspaces.us-east-1.amazonaws.com"};

/// The service in one region, which gives the same answer to every query, and STS.
struct Service {
  Answer answer;
  AwsSurroundings around{[this](const std::string& request) {
    return contains(request, "Action=AssumeRole") ? test::sts_answer("AssumeRole", "ASIA-ROLE", "2030-01-02T03:04:05Z")
                                                  : answer;
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  PrometheusWorkspaces workspaces{clients};

  Result<ports::HttpResponse> query(const rollout::Target& place = rollout::EcsTarget{.region = "eu-west-1"}) {
    return workspaces.query(place, kWorkspace, kForm, kWithin, {});
  }
};

TEST(PrometheusWorkspaces, AreAskedWithASignatureForTheirOwnRegion) {
  Service service{{200, R"({"status":"success"})"}};
  const auto answer = service.query();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, R"({"status":"success"})");
  const std::string request = service.around.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /workspaces/ws-1/api/v1/query HTTP/1.1\r\n")) << request;
  EXPECT_TRUE(contains(request, "Credential=AKIA/20260102/us-east-1/aps/aws4_request")) << request;
  EXPECT_TRUE(contains(request, "content-type: application/x-www-form-urlencoded\r\n")) << request;
  EXPECT_TRUE(request.ends_with(kForm)) << request;
}

TEST(PrometheusWorkspaces, AreAskedAsTheRoleOfThePlace) {
  Service service{{200, "{}"}};
  ASSERT_TRUE(
      service.query(rollout::LambdaTarget{.region = "eu-west-1", .role = "arn:aws:iam::123456789012:role/sluice"}));
  const auto requests = service.around.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(contains(requests.at(0), "role%2Fsluice")) << requests.at(0);
  EXPECT_TRUE(contains(requests.at(1), "Credential=ASIA-ROLE/20260102/us-east-1/aps/aws4_request")) << requests.at(1);
}

TEST(PrometheusWorkspaces, SayWhichPermissionIsMissing) {
  Service service{{403, R"({"message":"not authorized"})", {{"x-amzn-ErrorType", "AccessDeniedException"}}}};
  const auto denied = service.query();
  EXPECT_EQ(denied.error().kind, ErrorKind::Denied);
  EXPECT_EQ(denied.error().message,
            "amp QueryMetrics of workspace ws-1 in us-east-1: AccessDeniedException: not authorized; allow "
            "aps:QueryMetrics to the keys in use (the environment)");
}

TEST(PrometheusWorkspaces, TellARefusedQueryFromAWorkspaceThatIsNotThereOrBusy) {
  Service refuses{{422, R"({"status":"error","errorType":"execution","error":"too many series"})"}};
  EXPECT_EQ(refuses.query().error().kind, ErrorKind::InvalidInput);
  EXPECT_TRUE(contains(refuses.query().error().message, "execution: too many series"));
  Service absent{{404, R"({"message":"Workspace not found"})", {{"x-amzn-ErrorType", "ResourceNotFoundException"}}}};
  EXPECT_EQ(absent.query().error().kind, ErrorKind::Failed);
  Service busy{{429, R"({"message":"Rate exceeded"})", {{"x-amzn-ErrorType", "ThrottlingException"}}}};
  EXPECT_EQ(busy.query().error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(busy.around.requests().size(), 1U) << "the next period asks again";
}

TEST(PrometheusWorkspaces, AreThoseOfServicesInAwsOnly) {
  Service service{{200, "{}"}};
  EXPECT_EQ(service.query(rollout::MachineTarget{}).error().kind, ErrorKind::InvalidInput);
  EXPECT_TRUE(service.around.requests().empty());
}

}  // namespace
}  // namespace sluice::aws
