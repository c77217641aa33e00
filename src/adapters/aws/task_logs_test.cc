#include "adapters/aws/task_logs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Answer;
using test::AwsSurroundings;

const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");
const rollout::EcsTarget kPlace{.region = "eu-west-1", .cluster = "shop", .service = "web", .container = "web"};

/// ECS and CloudWatch Logs with the task sets, tasks and lines that the test says.
struct Cloud {
  std::map<std::string, std::string> sets;   ///< By id: its revision.
  std::map<std::string, std::string> tasks;  ///< By id: its task set.
  json::object log = {{"logDriver", "awslogs"},
                      {"options", {{"awslogs-group", "/shop/web"}, {"awslogs-stream-prefix", "web"}}}};
  std::vector<std::pair<std::string, std::string>> lines;  ///< Of which task.
  std::vector<std::string> asked;                          ///< Operations.
  bool has_group = true;                                   ///< The log group that is asked.
  std::map<std::string, std::string> definitions;          ///< By task set, where it is not `web:1`.
  AwsSurroundings around{[this](const std::string& request) {
    const std::size_t target = request.find("arget: ") + 7;
    std::string operation = request.substr(target, request.find('\r', target) - target);
    operation = operation.substr(operation.find('.') + 1);
    asked.push_back(operation);
    if (!has_group && operation == "FilterLogEvents") {
      return Answer{400,
                    R"({"__type":"ResourceNotFoundException","message":"The specified log group does not exist."})"};
    }
    return Answer{200, json::serialize(answer(operation))};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  TaskLogs logs{sets_of, clients};

  static Result<std::vector<RevisionSet>> sets_of(Client& client, const rollout::EcsTarget& place,
                                                  const std::stop_token& stop) {
    TRY_ASSIGN(std::vector<TaskSet> told, EcsService(client, place).task_sets(stop));
    return with_revisions(std::move(told), [](const TaskSet& set) { return set.external_id; });
  }
  json::object answer(const std::string& operation) {
    json::array items;
    if (operation == "DescribeServices") {
      for (const auto& [id, revision] : sets) {
        items.push_back({{"id", id},
                         {"externalId", revision},
                         {"taskDefinition", definitions.contains(id) ? definitions[id] : "web:1"},
                         {"status", "ACTIVE"},
                         {"computedDesiredCount", 1}});
      }
      return {{"services", json::array{json::object{{"status", "ACTIVE"}, {"taskSets", items}}}}};
    }
    if (operation == "DescribeTaskDefinition") {
      const json::object container{{"name", "web"}, {"logConfiguration", log}};
      return {{"taskDefinition", {{"containerDefinitions", json::array{container}}}}};
    }
    if (operation == "DescribeTasks") {
      for (const auto& [id, set] : tasks) {
        items.push_back({{"taskArn", "arn:aws:ecs:eu-west-1:1:task/shop/" + id}, {"startedBy", set}});
      }
      return {{"tasks", items}};
    }
    for (const auto& [task, text] : lines) {
      items.push_back(
          {{"timestamp", kNoon.time_since_epoch().count()}, {"message", text}, {"logStreamName", "web/web/" + task}});
    }
    return {{"events", items}};
  }
  std::map<std::string, std::size_t> counts(const std::set<std::string>& revisions) {
    asked.clear();
    const auto read = logs.read(kPlace, revisions, kNoon, kNoon + 1min, {});
    std::map<std::string, std::size_t> counts;
    if (!read) return counts;
    for (const auto& [revision, of] : read->lines) {
      if (of) counts[revision] = of->size();
    }
    return counts;
  }
};

using Counts = std::map<std::string, std::size_t>;
using Operations = std::vector<std::string>;

TEST(TaskLogs, TellBothColoursApartByTheirTasksInOneQuestion) {
  Cloud cloud;
  cloud.sets = {{"ecs-svc/1", "blue"}, {"ecs-svc/2", "green"}};
  cloud.tasks = {{"0a", "ecs-svc/1"}, {"0b", "ecs-svc/2"}, {"0c", "ecs-svc/1"}, {"0d", "ecs-svc/9"}};
  cloud.lines = {{"0a", "ERROR"}, {"0b", "ERROR"}, {"0b", "ERROR"}, {"0c", "ERROR"}, {"0d", "of another service"}};
  EXPECT_EQ(cloud.counts({"blue", "green"}), (Counts{{"blue", 2}, {"green", 2}}));
  EXPECT_EQ(cloud.asked, (Operations{"DescribeServices", "DescribeTaskDefinition", "FilterLogEvents", "DescribeTasks",
                                     "DescribeServices"}));
  cloud.lines.pop_back();
  EXPECT_EQ(cloud.counts({"blue", "green"}), (Counts{{"blue", 2}, {"green", 2}}));
  EXPECT_EQ(cloud.asked, (Operations{"FilterLogEvents"}));
}

TEST(TaskLogs, FindTheNewTaskSetOfARevisionThatIsDeployedAnew) {
  Cloud cloud;
  cloud.sets = {{"ecs-svc/1", "blue"}};
  EXPECT_EQ(cloud.counts({"blue"}), (Counts{{"blue", 0}}));
  cloud.sets = {{"ecs-svc/3", "blue"}};
  cloud.tasks = {{"0e", "ecs-svc/3"}};
  cloud.lines = {{"0e", "ERROR"}};
  EXPECT_EQ(cloud.counts({"blue"}), (Counts{{"blue", 1}}));
}

TEST(TaskLogs, SayWhichRevisionHasNoneThatCanBeRead) {
  Cloud cloud;
  cloud.sets = {{"ecs-svc/1", "blue"}};
  cloud.log = {{"logDriver", "awsfirelens"}};
  const auto read = cloud.logs.read(kPlace, {"blue", "green"}, kNoon, kNoon + 1min, {});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(test::contains(read->lines.at("blue").error().message, "log driver awsfirelens"));
  EXPECT_TRUE(test::contains(read->lines.at("green").error().message, "no task set of revision green"));
}

/// Two colours with a definition each, and what their tasks used.
struct Insights : Cloud {
  Insights() {
    sets = {{"ecs-svc/1", "blue"}, {"ecs-svc/2", "green"}};
    definitions = {{"ecs-svc/1", "arn:aws:ecs:eu-west-1:1:task-definition/web:12"},
                   {"ecs-svc/2", "arn:aws:ecs:eu-west-1:1:task-definition/web:13"}};
    for (const char* revision : {"12", "13", "13", "14"}) {
      lines.emplace_back(
          "0a", std::string(R"({"Type":"Task","TaskDefinitionFamily":"web","TaskDefinitionRevision":")") + revision +
                    R"("})");
    }
  }
  Result<RevisionLines> read(const std::set<std::string>& revisions) {
    asked.clear();
    return logs.read_performance(kPlace, revisions, kNoon, kNoon + 1min, {});
  }
};

TEST(TaskLogs, TellBothColoursPerformanceApartByTheirDefinitionsInOneQuestion) {
  Insights insights;
  auto read = insights.read({"blue", "green"});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->lines.at("blue")->size(), 1U);
  EXPECT_EQ(read->lines.at("green")->size(), 2U);
  EXPECT_EQ(insights.asked, (Operations{"DescribeServices", "FilterLogEvents"}));
  ASSERT_TRUE(insights.read({"blue", "green"}));
  EXPECT_EQ(insights.asked, (Operations{"FilterLogEvents"}));
  read = insights.read({"blue", "gone"});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->lines.at("blue")->size(), 1U);
  EXPECT_TRUE(test::contains(read->lines.at("gone").error().message, "no task set of revision gone"));
}

TEST(TaskLogs, SayThatAClusterHasNoContainerInsights) {
  Insights insights;
  insights.has_group = false;
  const auto read = insights.read({"blue", "gone"});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(test::contains(read->lines.at("blue").error().message, "update-cluster-settings --cluster shop"));
  EXPECT_TRUE(test::contains(read->lines.at("gone").error().message, "no task set of revision gone"));
}

TEST(TaskLogs, CannotTellTheTasksOfOneDefinitionApart) {
  Insights insights;
  insights.definitions.clear();
  const auto read = insights.read({"blue", "green"});
  ASSERT_FALSE(read);
  EXPECT_TRUE(test::contains(read.error().message, "have the same task definition web:1"));
}

}  // namespace
}  // namespace sluice::aws
