#include "adapters/aws/client.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <deque>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

/// A service that gives its answers in order, and a client of it whose pauses pass at once.
struct Scripted {
  std::deque<Answer> answers;
  std::vector<Milliseconds> pauses;
  AwsSurroundings around{[this](const std::string&) {
    if (answers.empty()) return Answer{200, "{}"};
    Answer next = answers.front();
    answers.pop_front();
    return next;
  }};
  std::unique_ptr<Client> client;

  explicit Scripted(std::deque<Answer> given) : answers(std::move(given)) {
    around.variables["AWS_ACCESS_KEY_ID"] = "AKIA";
    around.variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
    client = std::move(*Client::create({.region = "eu-west-1",
                                        .pause = [this](Milliseconds span, const std::stop_token& stop) -> Status {
                                          pauses.push_back(span);
                                          if (stop.stop_requested()) return Error{ErrorKind::Cancelled, ""};
                                          return {};
                                        },
                                        .chance = [] { return 0.5; }},
                                       around.get()));
  }
  Result<boost::json::value> ask(Repeat repeat = Repeat::Safe) {
    return client->call(
        {.service = "ecs", .operation = "DescribeClusters", .resource = "cluster chat", .repeat = repeat}, {});
  }
};

const Answer kThrottled{400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})"};

TEST(AwsClient, AsksAgainWithGrowingPausesAndThreeTimesAtMost) {
  Scripted passes({kThrottled, {503, "busy"}, {200, R"({"clusters":[]})"}});
  const auto answer = passes.ask();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(passes.pauses, (std::vector<Milliseconds>{Milliseconds(500), Milliseconds(1000)}));
  Scripted fails({kThrottled, kThrottled, kThrottled, {200, "{}"}});
  const auto refused = fails.ask();
  EXPECT_EQ(refused.error().kind, ErrorKind::Throttled);
  EXPECT_TRUE(
      contains(refused.error().message, "ecs DescribeClusters of cluster chat: ThrottlingException: Rate exceeded"))
      << refused.error().message;
  EXPECT_EQ(fails.around.requests().size(), 3U);
}

TEST(AwsClient, NamesAQuotaAlsoWhereItsCodeMayMeanARate) {
  const Answer limit{429, R"({"message":"Maximum number reached"})", {{"x-amzn-ErrorType", "LimitExceededException"}}};
  Scripted gateway({limit, limit, limit, {200, "{}"}});
  const auto refused = gateway.ask();
  EXPECT_EQ(refused.error().kind, ErrorKind::Throttled);
  EXPECT_TRUE(
      contains(refused.error().message, "Maximum number reached; where that lasts, a quota of the account is reached"))
      << refused.error().message;
  EXPECT_EQ(gateway.around.requests().size(), 3U);
}

TEST(AwsClient, DoesNotRepeatWhatMayHaveBeenCarriedOut) {
  Scripted lost({{.lost = true}, {200, "{}"}});
  const auto unknown = lost.ask(Repeat::Never);
  EXPECT_EQ(unknown.error().kind, ErrorKind::UnknownOutcome) << unknown.error().message;
  EXPECT_EQ(lost.around.requests().size(), 1U);
  Scripted broken({{500, "<html><title>Oops</title></html>"}, {200, "{}"}});
  const auto page = broken.ask(Repeat::Never);
  EXPECT_EQ(page.error().kind, ErrorKind::UnknownOutcome);
  EXPECT_TRUE(contains(page.error().message, "no AWS service: Oops")) << page.error().message;
  EXPECT_EQ(broken.around.requests().size(), 1U);
  Scripted throttled({kThrottled, {200, "{}"}});
  EXPECT_TRUE(throttled.ask(Repeat::Never).has_value());  // that one was not carried out
}

TEST(AwsClient, RepeatsASafeCallWhoseAnswerWasLost) {
  Scripted lost({{.lost = true}, {.lost = true}, {200, "{}"}});
  EXPECT_TRUE(lost.ask().has_value());
  Scripted always({{.lost = true}, {.lost = true}, {.lost = true}});
  EXPECT_EQ(always.ask().error().kind, ErrorKind::Unavailable);
}

TEST(AwsClient, LeavesItToTheCallerToAskAgainWhereThatIsSaid) {
  Scripted throttled({kThrottled, {200, "{}"}});
  EXPECT_EQ(throttled.ask(Repeat::ByCaller).error().kind, ErrorKind::Throttled);
  EXPECT_EQ(throttled.around.requests().size(), 1U);
  Scripted lost({{.lost = true}, {200, "{}"}});
  const auto nothing = lost.ask(Repeat::ByCaller);
  EXPECT_EQ(nothing.error().kind, ErrorKind::Unavailable) << nothing.error().message;
  EXPECT_EQ(lost.around.requests().size(), 1U);
}

TEST(AwsClient, AdoptsAwssClockOnce) {
  const Answer skewed{403,
                      R"({"__type":"InvalidSignatureException","message":"Signature expired"})",
                      {{"Date", "Fri, 02 Jan 2026 04:04:05 GMT"}}};
  Scripted off({skewed, {200, "{}"}, {200, "{}"}});
  EXPECT_TRUE(off.ask().has_value());
  EXPECT_TRUE(contains(off.around.requests().at(0), "x-amz-date: 20260102T030405Z"));
  EXPECT_TRUE(contains(off.around.requests().at(1), "x-amz-date: 20260102T040405Z"));
  EXPECT_TRUE(off.ask().has_value());
  EXPECT_TRUE(contains(off.around.requests().at(2), "x-amz-date: 20260102T040405Z"));
  const Answer same_time{403, skewed.body, {{"Date", "Fri, 02 Jan 2026 03:04:06 GMT"}}};
  Scripted wrong_key({same_time, {200, "{}"}});
  EXPECT_EQ(wrong_key.ask().error().kind, ErrorKind::Denied);
}

TEST(AwsClient, RenewsExpiredCredentialsOnce) {
  const Answer expired{400, R"({"__type":"ExpiredTokenException","message":"expired"})"};
  Scripted once({expired, {200, "{}"}});
  EXPECT_TRUE(once.ask().has_value());
  Scripted twice({expired, expired, {200, "{}"}});
  EXPECT_EQ(twice.ask().error().kind, ErrorKind::Denied);
}

TEST(AwsClient, SaysWhatToAllowWhomWhenItIsDenied) {
  Scripted denied(
      {{400, R"({"__type":"AccessDeniedException","Message":"not authorized"})", {{"x-amzn-RequestId", "r-9"}}}});
  const auto refused = denied.ask();
  EXPECT_EQ(refused.error().kind, ErrorKind::Denied);
  EXPECT_EQ(refused.error().message,
            "ecs DescribeClusters of cluster chat: AccessDeniedException: not authorized (request r-9); allow "
            "ecs:DescribeClusters to the keys in use (the environment)");
}

/// API Gateway's actions are those of HTTP: "Actions, resources, and condition keys for Amazon API Gateway Management".
TEST(AwsClient, NamesThePermissionOfAnApiByItsPath) {
  Scripted denied({{403, R"({"message":"not authorized"})", {{"x-amzn-ErrorType", "AccessDeniedException"}}}});
  const auto refused = denied.client->call({.service = "apigatewayv2",
                                            .operation = "UpdateStage",
                                            .resource = "API f6",
                                            .rest = {.method = "PATCH", .path = "/v2/apis/f6/stages/production"}},
                                           {});
  EXPECT_TRUE(contains(refused.error().message, "allow apigateway:PATCH on /apis/f6/stages/production to the keys"))
      << refused.error().message;
}

TEST(AwsClient, TakesAnAnswerThatIsNoneForAnError) {
  Scripted page({{200, "<!doctype html><title>Welcome</title>"}});
  const auto answer = page.ask();
  EXPECT_EQ(answer.error().kind, ErrorKind::Failed);
  EXPECT_TRUE(contains(answer.error().message, "Welcome")) << answer.error().message;
}

TEST(AwsClient, NeverShowsAKey) {
  Scripted any({kThrottled, kThrottled, kThrottled});
  EXPECT_FALSE(contains(any.ask().error().message, "hidden"));
  for (const std::string& request : any.around.requests()) EXPECT_FALSE(contains(request, "hidden"));
}

TEST(AwsClient, RefusesANameThatIsNoRegion) {
  AwsSurroundings around;
  EXPECT_EQ(Client::create({.region = "europe"}, around.get()).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::aws
