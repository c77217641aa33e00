#include "adapters/aws/ecs_service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/repeats.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using test::Answer;
using test::AwsSurroundings;

constexpr int kPage = 100;

/// So many stopped tasks, every second one of them GREEN's, told in pages.
struct ManyTasks {
  int tasks = 250;
  AwsSurroundings around{[this](const std::string& request) {
    const json::object input = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    const bool lists = request.find("ListTasks") != std::string::npos;
    return Answer{200, json::serialize(lists ? list(input) : describe(input))};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};

  json::object list(const json::object& input) const {
    const json::value* const token = input.if_contains("nextToken");
    const int first = token == nullptr ? 0 : std::stoi(std::string(token->as_string()));
    json::array arns;
    for (int i = first; i < std::min(first + kPage, tasks); ++i) arns.emplace_back(fmt::format("arn:task/shop/{}", i));
    json::object answer{{"taskArns", arns}};
    if (first + kPage < tasks) answer["nextToken"] = std::to_string(first + kPage);
    return answer;
  }
  static json::object describe(const json::object& input) {
    json::array found;
    EXPECT_LE(input.at("tasks").as_array().size(), static_cast<std::size_t>(kPage));
    for (const json::value& id : input.at("tasks").as_array()) {
      const int number = std::stoi(std::string(id.as_string()));
      found.push_back({{"taskArn", fmt::format("arn:task/shop/{}", number)},
                       {"startedBy", number % 2 == 0 ? "green" : "blue"},
                       {"createdAt", 1'800'000'000.0 + number},
                       {"desiredStatus", "STOPPED"},
                       {"stopCode", "EssentialContainerExited"},
                       {"stoppedReason", fmt::format("exit {}", number)}});
    }
    return {{"tasks", found}};
  }
};

/// A service of which DescribeServices tells two task sets, in full or by their names.
struct TwoTaskSets {
  bool in_full = true;
  std::vector<std::string> asked;
  AwsSurroundings around{[this](const std::string& request) {
    const bool of_service = request.find("DescribeServices") != std::string::npos;
    asked.emplace_back(request.substr(request.find("\r\n\r\n") + 4));
    const auto told = [&](const char* id, bool whole) {
      return fmt::format(R"({{"id": "{}", "status": "ACTIVE"{}}})", id,
                         whole ? R"(, "computedDesiredCount": 2, "runningCount": 1)" : "");
    };
    const std::string sets = told("one", in_full || !of_service) + "," + told("two", in_full || !of_service);
    return Answer{200, of_service ? fmt::format(R"({{"services": [{{"status": "ACTIVE", "taskSets": [{}]}}]}})", sets)
                                  : fmt::format(R"({{"taskSets": [{}]}})", sets)};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};

  std::vector<int> running() {
    const rollout::EcsTarget place{.region = "eu-west-1", .cluster = "shop", .service = "web", .container = "web"};
    const auto sets = EcsService(**clients.get("eu-west-1", ""), place).task_sets({});
    EXPECT_TRUE(sets.has_value()) << sets.error().message;
    std::vector<int> found;
    for (const TaskSet& set : *sets) found.push_back(set.running);
    return found;
  }
};

TEST(EcsService, ReadsTheTaskSetsOffTheServiceAndAsksByNameOnlyForWhatIsLeftOutThere) {
  TwoTaskSets there;
  EXPECT_EQ(there.running(), (std::vector<int>{1, 1}));
  EXPECT_EQ(there.asked.size(), 1);
  there.in_full = false;
  EXPECT_EQ(there.running(), (std::vector<int>{1, 1}));
  ASSERT_EQ(there.asked.size(), 3);
  EXPECT_NE(there.asked.back().find(R"("taskSets":["one","two"])"), std::string::npos) << there.asked.back();
}

/// A family in which a definition is registered for the revision `new`. The answer to that is lost, and then nothing is
/// told for a while, or what is told is behind.
struct LateDefinitions {
  int registered = 0;
  int failing_lists = 0;  ///< So many requests for the list after it are refused …
  int late_lists = 0;     ///< … and then so many tell nothing of it.
  bool is_lost = true;
  RegisteredDefinitions known;
  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};
  ClientPool clients{test::at_once(), around.with_keys()};

  Answer answer(const std::string& request) {
    const auto asks = [&](const char* operation) { return request.find(operation) != std::string::npos; };
    if (asks("RegisterTaskDefinition")) {
      ++registered;
      return {200, described(2, "new"), {}, is_lost};
    }
    if (asks("ListTaskDefinitions")) {
      if (registered > 0 && failing_lists > 0) {
        --failing_lists;
        return {503, "{}"};
      }
      const bool is_told = registered > 0 && late_lists <= 0;
      if (registered > 0) --late_lists;
      return {200, is_told ? R"({"taskDefinitionArns": ["arn:web:2", "arn:web:1"]})"
                           : R"({"taskDefinitionArns": ["arn:web:1"]})"};
    }
    return {200, asks("arn:web:2") ? described(2, "new") : described(1, "old")};
  }
  static std::string described(int number, const char* revision) {
    return fmt::format(R"({{"taskDefinition": {{"taskDefinitionArn": "arn:web:{}", "family": "web", "status": "ACTIVE",
                            "containerDefinitions": [{{"name": "web", "image": "shop/web"}}]}},
                           "tags": [{{"key": "sluice:revision", "value": "{}"}}]}})",
                       number, revision);
  }
  Result<std::string> ensure(bool may_be_there = false) {
    const auto client = clients.get("eu-west-1", "");
    EXPECT_TRUE(client.has_value());
    const rollout::EcsTarget place{.region = "eu-west-1", .cluster = "shop", .service = "web", .container = "web"};
    const ContainerChange change{.image = "shop/web@sha256:2", .revision = "new"};
    return EcsService(**client, place).ensure_definition("arn:web:1", change, known, may_be_there, {});
  }
};

TEST(EcsService, RegistersNoSecondDefinitionWhereAProcessThatDiedMayHaveRegisteredOne) {
  LateDefinitions there;
  there.registered = 1;
  there.late_lists = 2;
  const auto found = there.ensure(true);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ(*found, "arn:web:2");
  EXPECT_EQ(there.registered, 1);
}

TEST(EcsService, RegistersADefinitionOnceThoughNobodyTellsOfItAfterALostAnswer) {
  LateDefinitions there;
  there.failing_lists = kCallAttempts;
  EXPECT_FALSE(there.ensure());
  there.late_lists = 2;
  const auto again = there.ensure();
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, "arn:web:2");
  EXPECT_EQ(there.registered, 1);
}

TEST(EcsService, RegistersADefinitionOnceThoughReadsAreBehindAtTheNextAttempt) {
  LateDefinitions there;
  there.is_lost = false;
  EXPECT_TRUE(there.ensure());
  there.late_lists = 100;
  EXPECT_EQ(*there.ensure(), "arn:web:2");
  EXPECT_EQ(there.registered, 1);
}

TEST(EcsService, ReadsTheTasksOfAllPages) {
  ManyTasks there;
  const auto client = there.clients.get("eu-west-1", "");
  ASSERT_TRUE(client.has_value());
  const rollout::EcsTarget place{.region = "eu-west-1", .cluster = "shop", .service = "web"};
  const auto failures = EcsService(**client, place).failures_of("green", {});
  ASSERT_TRUE(failures.has_value()) << failures.error().message;
  ASSERT_EQ(failures->size(), 125U);
  EXPECT_EQ(failures->front(), "exit 248");
  EXPECT_EQ(failures->back(), "exit 0");
}

}  // namespace
}  // namespace sluice::aws
