#include "adapters/aws/ecs_service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/client_pool.h"
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
    for (const json::value& arn : input.at("tasks").as_array()) {
      const int number = std::stoi(std::string(arn.as_string()).substr(std::string("arn:task/shop/").size()));
      found.push_back({{"taskArn", arn},
                       {"startedBy", number % 2 == 0 ? "green" : "blue"},
                       {"createdAt", 1'800'000'000.0 + number},
                       {"desiredStatus", "STOPPED"},
                       {"stopCode", "EssentialContainerExited"},
                       {"stoppedReason", fmt::format("exit {}", number)}});
    }
    return {{"tasks", found}};
  }
};

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
