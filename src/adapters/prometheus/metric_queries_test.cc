#include "adapters/prometheus/metric_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <mutex>

#include "adapters/curl/http_client.h"
#include "support/one_shot_server.h"

namespace sluice::prometheus {
namespace {

using testing::HasSubstr;

constexpr TimePoint kAt{Milliseconds{1'795'450'685'250}};

const AskWorkspace kNoWorkspace = [](const auto&, const auto&, const auto&, auto, auto) -> Result<ports::HttpResponse> {
  return Error{ErrorKind::Failed, "no workspace is asked"};
};

/// What a Prometheus would answer, or what none would.
class PrometheusQueries : public testing::Test {
 protected:
  Result<std::vector<analysis::CounterSample>> answered(const std::string& body, const std::string& head = "200 OK") {
    {
      const std::scoped_lock lock(mutex_);
      response_ = "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    return queries_.query(rollout::MachineTarget{}, server_.url() + "/", "sum(a{b=\"c d\"})", kAt, {});
  }
  std::string request() {
    const std::scoped_lock lock(mutex_);
    return request_;
  }

 private:
  std::mutex mutex_;
  std::string request_;
  std::string response_;
  test::OneShotServer server_{[this](int connection, const std::string& request) {
    const std::scoped_lock lock(mutex_);
    request_ = request;
    if (::write(connection, response_.data(), response_.size()) < 0) ADD_FAILURE() << "cannot answer";
  }};
  curl::HttpClient http_;
  MetricQueries queries_{http_, kNoWorkspace};
};

TEST_F(PrometheusQueries, ReadsAVectorWithItsEdges) {
  const auto samples = answered(
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"le":"0.1"},"value":[1.5,"3"]},)"
      R"({"metric":{"le":"+Inf"},"value":[1.5,"NaN"]}]}})");
  ASSERT_TRUE(samples) << samples.error().message;
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_EQ(samples->at(0), (analysis::CounterSample{.value = 3, .edge = "0.1"}));
  EXPECT_TRUE(std::isnan(samples->at(1).value));
  EXPECT_TRUE(request().starts_with("POST /api/v1/query HTTP/1.1\r\n")) << request();
  EXPECT_THAT(request(), HasSubstr("query=sum%28a%7Bb%3D%22c%20d%22%7D%29&time=1795450685.250&"));
}

TEST_F(PrometheusQueries, ReadsAScalarAndAnEmptyVector) {
  EXPECT_EQ(answered(R"({"status":"success","data":{"resultType":"scalar","result":[1.5,"+Inf"]}})")->at(0).value,
            std::numeric_limits<double>::infinity());
  EXPECT_TRUE(answered(R"({"status":"success","data":{"resultType":"vector","result":[]}})")->empty());
}

TEST_F(PrometheusQueries, TellAWrongQueryFromAStoreThatIsNotThere) {
  const auto matrix = answered(R"({"status":"success","data":{"resultType":"matrix","result":[]}})");
  EXPECT_EQ(matrix.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(matrix.error().message, HasSubstr("gives a matrix"));
  const auto refused =
      answered(R"({"status":"error","errorType":"bad_data","error":"parse error: unexpected end"})", "400 Bad Request");
  EXPECT_EQ(refused.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(refused.error().message, HasSubstr("parse error: unexpected end"));
  EXPECT_EQ(answered(R"({"status":"error","error":"not ready"})", "503 Service Unavailable").error().kind,
            ErrorKind::Unavailable);
  for (const char* body : {"<html>", "", "[]", "{}", R"({"status":"success"})",
                           R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}})",
                           R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}})"}) {
    EXPECT_EQ(answered(body).error().kind, ErrorKind::Failed) << body;
  }
  curl::HttpClient http;
  EXPECT_EQ(MetricQueries(http, kNoWorkspace)
                .query(rollout::MachineTarget{}, "http://127.0.0.1:1", "up", kAt, {})
                .error()
                .kind,
            ErrorKind::Unavailable);
}

/// A workspace of Amazon's that gives one answer, and what it was asked.
struct Workspace {
  Result<ports::HttpResponse> answer;
  rollout::Target place = {};
  rollout::PrometheusWorkspace workspace = {};
  std::string form;

  Result<std::vector<analysis::CounterSample>> query(const std::string& url) {
    curl::HttpClient http;
    const MetricQueries queries(
        http, [this](const auto& where, const auto& which, const auto& said, Milliseconds within, auto) {
          EXPECT_EQ(within, MetricQueries::kWithin);
          place = where;
          workspace = which;
          form = said;
          return answer;
        });
    return queries.query(rollout::EcsTarget{.region = "eu-west-1", .role = "r"}, url, "sum(a)", kAt, {});
  }
};
constexpr const char* kWorkspaceUrl = "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/query";

TEST(PrometheusWorkspaceQueries, AreAskedAsThePlaceOfTheService) {
  Workspace workspace{ports::HttpResponse{
      .status = 200,
      .body = R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"3"]}]}})"}};
  const auto samples = workspace.query(kWorkspaceUrl);
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(samples->at(0).value, 3);
  EXPECT_EQ(workspace.workspace.id, "ws-1");
  EXPECT_EQ(workspace.workspace.region, "us-east-1");
  EXPECT_EQ(std::get<rollout::EcsTarget>(workspace.place).role, "r");
  EXPECT_EQ(workspace.form, "query=sum%28a%29&time=1795450685.250&timeout=3000ms");
}

TEST(PrometheusWorkspaceQueries, KeepTheErrorAndNameTheQueryThatIsRefused) {
  Workspace denied{Error{ErrorKind::Denied, "allow aps:QueryMetrics"}};
  EXPECT_EQ(denied.query(kWorkspaceUrl).error(), (Error{ErrorKind::Denied, "allow aps:QueryMetrics"}));
  Workspace refused{Error{ErrorKind::InvalidInput, "bad_data: parse error"}};
  EXPECT_THAT(refused.query(kWorkspaceUrl).error().message, HasSubstr("the query 'sum(a)': bad_data: parse error"));
  Workspace unasked{Error{ErrorKind::Failed, "asked"}};
  EXPECT_EQ(unasked.query("https://aps-workspaces.us-east-1.amazonaws.com/").error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::prometheus
