#include "adapters/aws/failed_tasks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Answer;
using test::AwsSurroundings;
using test::contains;

const rollout::EcsTarget kPlace{.region = "eu-west-1", .cluster = "shop", .service = "web", .container = "web"};
const rollout::ServiceKey kWeb{"chat", "staging", "web"};

struct Stopped {
  std::string set;
  std::string code = "EssentialContainerExited";
  std::string reason = "Essential container in task exited";
  std::string status = "STOPPED";
};

/// ECS with the stopped tasks that the test says; its logs cannot be read.
struct Service {
  std::vector<Stopped> stopped;
  std::vector<std::string> asked;  ///< Operations.
  bool is_down = false;
  AwsSurroundings around{[this](const std::string& request) {
    const std::size_t target = request.find("arget: ") + 7;
    std::string operation = request.substr(target, request.find('\r', target) - target);
    operation = operation.substr(operation.find('.') + 1);
    asked.push_back(operation);
    if (is_down) return Answer{400, R"({"__type":"AccessDeniedException","message":"no"})"};
    const json::object input = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    return Answer{200, json::serialize(operation == "ListTasks" ? list() : describe(input))};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  Client& client = **clients.get("eu-west-1", "");
  EcsService ecs{client, kPlace};
  TaskLogs logs{[](Client&, const rollout::EcsTarget&, const std::stop_token&) -> Result<std::vector<RevisionSet>> {
                  return Error{ErrorKind::NotFound, "no log is shown"};
                },
                clients};
  FailedTasks failed{logs, around.clock};

  json::object list() const {
    json::array arns;
    for (std::size_t i = 0; i < stopped.size(); ++i) arns.emplace_back(fmt::format("arn:task/shop/{}", i));
    return {{"taskArns", arns}};
  }
  json::object describe(const json::object& input) const {
    json::array found;
    for (const json::value& id : input.at("tasks").as_array()) {
      const std::string number(id.as_string());
      const Stopped& task = stopped.at(std::stoul(number));
      const json::object container{{"name", "web"}, {"exitCode", 137}};
      found.push_back({{"taskArn", "arn:task/shop/" + number},
                       {"startedBy", task.set},
                       {"createdAt", 1'800'000'000.0 + std::stod(number)},
                       {"lastStatus", task.status},
                       {"desiredStatus", "STOPPED"},
                       {"stopCode", task.code},
                       {"stoppedReason", task.reason},
                       {"containers", json::array{container}}});
    }
    return {{"tasks", found}};
  }
  std::string crash_loop(const std::string& id = "green", int running = 2) {
    const TaskSet set{.id = id, .desired = 2, .running = running};
    return failed.crash_loop(kWeb, {ecs, kPlace, set, "r2"});
  }
  std::ptrdiff_t calls(const std::string& operation) const { return std::ranges::count(asked, operation); }
};

TEST(FailedTasks, AreACrashLoopFromTheThirdOn) {
  Service service;
  service.stopped = {{"green"}, {"green"}};
  EXPECT_EQ(service.crash_loop(), "");
  service.stopped.push_back({"green"});
  service.around.clock.move(FailedTasks::kLongestPause);
  EXPECT_EQ(service.crash_loop(),
            "it is in a crash loop: 3 tasks of it failed: Essential container in task exited (container web exited "
            "137); no log is shown");
}

TEST(FailedTasks, OfOneColourAreNotTheOthers) {
  Service service;
  service.stopped = {{"blue"}, {"blue"}, {"green"}, {"blue"}};
  EXPECT_EQ(service.crash_loop("green"), "");
  EXPECT_NE(service.crash_loop("blue"), "");
}

TEST(FailedTasks, DoNotCountThoseOfTheStart) {
  Service service;
  service.stopped = {{"green"}, {"green"}};
  service.failed.came_up(kWeb, service.ecs, "green", {});
  service.stopped.insert(service.stopped.end(), {{"green"}, {"green"}});
  service.around.clock.move(FailedTasks::kLongestPause);
  EXPECT_EQ(service.crash_loop(), "");
  service.failed.came_up(kWeb, service.ecs, "green", {});  // it was asked for again
  service.stopped.push_back({"green"});
  service.around.clock.move(FailedTasks::kLongestPause);
  EXPECT_TRUE(contains(service.crash_loop(), "3 tasks of it failed"));
}

TEST(FailedTasks, DoNotCountThoseThatWereToldToStop) {
  Service service;
  for (const char* code : {"UserInitiated", "SpotInterruption", "TerminationNotice", "InfrastructureHealth"}) {
    service.stopped.push_back({"green", code, "Your Spot Task was interrupted."});
  }
  for (const char* reason : {"Scaling activity initiated by (deployment ecs-svc/1)",
                             "Amazon ECS is performing maintenance on the underlying infrastructure hosting the task",
                             "Scaling activity initiated by (deployment ecs-svc/2)"}) {
    service.stopped.push_back({"green", "ServiceSchedulerInitiated", reason});
  }
  EXPECT_EQ(service.crash_loop(), "");
}

TEST(FailedTasks, CountThoseThatFailTheirHealthChecks) {
  Service service;
  for (const char* reason : {"Task failed ELB health checks in (target-group arn:green)",
                             "Task failed container health checks", "Task failed container health checks"}) {
    service.stopped.push_back({"green", "ServiceSchedulerInitiated", reason});
  }
  EXPECT_TRUE(contains(service.crash_loop(), "Task failed container health checks"));
}

TEST(FailedTasks, AreAskedForMoreOftenWhileATaskIsMissing) {
  Service service;
  for (const TimePoint end = service.around.clock.now() + 10min; service.around.clock.now() < end;
       service.around.clock.move(1s)) {
    service.crash_loop();
    service.crash_loop("blue");
  }
  EXPECT_EQ(service.calls("ListTasks"), 5);
  for (const TimePoint end = service.around.clock.now() + 10min; service.around.clock.now() < end;
       service.around.clock.move(1s)) {
    service.crash_loop("green", 1);
  }
  EXPECT_EQ(service.calls("ListTasks"), 5 + 20);
}

TEST(FailedTasks, AreDescribedOnceWhenTheyHaveEnded) {
  Service service;
  service.stopped = {{.set = "green", .status = "STOPPING"}, {"blue"}};
  service.crash_loop();
  service.stopped[0].status = "STOPPED";
  for (int i = 0; i < 3; ++i) {
    service.around.clock.move(FailedTasks::kLongestPause);
    service.crash_loop();
  }
  EXPECT_EQ(service.calls("ListTasks"), 4);
  EXPECT_EQ(service.calls("DescribeTasks"), 2);
}

TEST(FailedTasks, AreAskedForAgainSoonWhereThereWasNoAnswer) {
  Service service;
  service.stopped = {{"green"}, {"green"}, {"green"}};
  service.is_down = true;
  EXPECT_EQ(service.crash_loop(), "");
  EXPECT_EQ(service.crash_loop(), "");
  EXPECT_EQ(service.calls("ListTasks"), 1);
  service.is_down = false;
  service.around.clock.move(FailedTasks::kShortestPause);
  EXPECT_NE(service.crash_loop(), "");
}

TEST(FailedTasks, SayOnceWhyUntilMoreOfThemFail) {
  Service service;
  service.stopped = {{"green"}, {"green"}, {"green"}};
  const std::string account = service.crash_loop();
  service.around.clock.move(FailedTasks::kLongestPause);
  EXPECT_EQ(service.crash_loop(), account);
  service.stopped.push_back({"green"});
  service.around.clock.move(FailedTasks::kLongestPause);
  EXPECT_TRUE(contains(service.crash_loop(), "4 tasks of it failed"));
}

}  // namespace
}  // namespace sluice::aws
