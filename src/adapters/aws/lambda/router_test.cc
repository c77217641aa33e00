#include "adapters/aws/lambda/router.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>

#include "support/aws_surroundings.h"

namespace sluice::aws::lambda {
namespace {

namespace json = boost::json;
using rollout::Slot;
using test::Answer;
using test::AwsSurroundings;

const rollout::ServiceKey kService{"shop", "staging", "overflow"};
const rollout::LambdaTarget kPlace{.region = "eu-west-1", .function = "overflow", .alias = "live"};

rollout::TrafficSplit split(const char* slot_b) { return {.open = true, .slot_b = *Weight::parse(slot_b)}; }

/// Lambda's alias, with its compare-and-set, and a router that moves it between version 7 in slot A and 8 in slot B.
struct OneAlias {
  std::optional<json::object> alias = json::object{{"FunctionVersion", "7"}};
  int revision = 1;
  int lose = 0;   ///< So many answers of writes are lost after their effect.
  int moved = 0;  ///< So often somebody else changes the alias just before our write.
  std::vector<std::string> written;

  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};
  ClientPool clients{test::at_once(), around.with_keys()};
  KeptInFolder files{around.home()};
  FunctionNotes notes{files};
  Router router{[](Milliseconds, const std::stop_token&) -> Status { return {}; }, notes, clients, around.clock};

  OneAlias() {
    EXPECT_TRUE(router.ensure({.service = kService, .listen = "", .route = {}, .health = {}, .target = kPlace}));
    EXPECT_TRUE(router.set_endpoints(kService, Slot::B, {{"8", 0}}, {{"7", 0}}));
  }

  Answer answer(const std::string& request) {
    const std::string method = request.substr(0, request.find(' '));
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    if (method == "GET") {
      if (!alias) return {404, R"({"Message":"none"})", {{"x-amzn-errortype", "ResourceNotFoundException"}}};
      json::object shown = *alias;
      shown["RevisionId"] = std::to_string(revision);
      return {200, json::serialize(shown)};
    }
    if (method == "PUT" && moved > 0) {
      --moved;
      ++revision;
    }
    const json::object input = body.empty() ? json::object() : json::parse(body).as_object();
    if (method == "PUT" && input.at("RevisionId").as_string() != std::to_string(revision)) {
      return {412, R"({"Message":"another revision"})", {{"x-amzn-errortype", "PreconditionFailedException"}}};
    }
    written.push_back(method + " " + body);
    ++revision;
    if (method == "DELETE") {
      alias.reset();
    } else {
      alias = json::object{{"FunctionVersion", input.at("FunctionVersion")}};
      if (const auto* routing = input.if_contains("RoutingConfig")) (*alias)["RoutingConfig"] = *routing;
    }
    if (lose > 0) {
      --lose;
      return {.lost = true};
    }
    return {200, "{}"};
  }
};

TEST(LambdaRouter, MovesTheAliasFromBlueToGreenAndClearsItsWeights) {
  OneAlias lambda;
  for (const char* share : {"5%", "5%", "100%"}) ASSERT_TRUE(lambda.router.set_split(kService, split(share)));
  ASSERT_EQ(lambda.written.size(), 2U) << "what is there already is not written";
  EXPECT_TRUE(test::contains(lambda.written[0], R"("FunctionVersion":"7")"));
  EXPECT_TRUE(test::contains(lambda.written[0], R"("AdditionalVersionWeights":{"8":5E-2})"));
  EXPECT_TRUE(test::contains(lambda.written[1], R"("FunctionVersion":"8")"));
  EXPECT_TRUE(test::contains(lambda.written[1], R"("AdditionalVersionWeights":{})"));
  EXPECT_EQ(*lambda.router.read_split(kService), split("100%"));
  EXPECT_EQ(lambda.notes.read(kService)->shifts.size(), 2U);
}

TEST(LambdaRouter, LooksForAWriteWhoseAnswerWasLost) {
  OneAlias lambda;
  lambda.lose = 1;
  ASSERT_TRUE(lambda.router.set_split(kService, split("5%")));
  EXPECT_EQ(lambda.written.size(), 1U);
}

TEST(LambdaRouter, WritesAnewWhenTheAliasHasChangedSinceItWasRead) {
  OneAlias lambda;
  lambda.moved = 2;
  ASSERT_TRUE(lambda.router.set_split(kService, split("0.5%")));
  EXPECT_EQ(lambda.written.size(), 1U);
  lambda.moved = Router::kWrites;
  const auto refused = lambda.router.set_split(kService, split("50%"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict) << refused.error().message;
}

TEST(LambdaRouter, MakesAnAliasForAllOfTheTrafficOnlyAndRemovesItWithTheRoute) {
  OneAlias lambda;
  lambda.alias.reset();
  EXPECT_FALSE(lambda.router.read_split(kService)->open);
  EXPECT_EQ(lambda.router.set_split(kService, split("5%")).error().kind, ErrorKind::NotFound);
  ASSERT_TRUE(lambda.router.set_split(kService, split("100%")));
  EXPECT_TRUE(test::contains(lambda.written.back(), R"("Name":"live","FunctionVersion":"8")")) << lambda.written.back();
  ASSERT_TRUE(lambda.router.set_split(kService, {}));
  EXPECT_EQ(lambda.written.back(), "DELETE ");
  ASSERT_TRUE(lambda.router.set_split(kService, {}));
  EXPECT_EQ(lambda.written.size(), 2U);
}

TEST(LambdaRouter, LeavesASlotThatHasTrafficAfterAll) {
  OneAlias lambda;
  ASSERT_TRUE(lambda.router.set_split(kService, split("5%")));
  EXPECT_EQ(lambda.router.clear_slot(kService, Slot::B, true).error().kind, ErrorKind::Conflict);
  ASSERT_TRUE(lambda.router.set_split(kService, split("0%")));
  EXPECT_TRUE(lambda.router.clear_slot(kService, Slot::B, true));
  EXPECT_EQ(lambda.router.open_sessions(kService, Slot::B)->requests, 0);
}

}  // namespace
}  // namespace sluice::aws::lambda
