#include "adapters/aws/runner/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::runner {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

config::EcsRunner runner() {
  return {.name = "fargate",
          .access = {"eu-west-1", ""},
          .cluster = "ci",
          .subnets = {"subnet-01234567"},
          .security_groups = {},
          .public_ip = true,
          .execution_role = "arn:aws:iam::123456789012:role/pull",
          .task_role = "",
          .image = "python:3.11",
          .cpu = 512,
          .memory_mib = 2048,
          .bucket = "shop-ci",
          .prefix = "sluice-ci/"};
}

TEST(RunnerTask, HasADefinitionOfItsOwnForEachImageAndSize) {
  const json::object input = definition_input(runner(), "python:3.11");
  EXPECT_EQ(std::string(input.at("family").as_string()), family_of(runner(), "python:3.11"));
  EXPECT_EQ(input.at("cpu"), "512");
  EXPECT_EQ(input.at("memory"), "2048");
  EXPECT_EQ(input.at("executionRoleArn"), "arn:aws:iam::123456789012:role/pull");
  EXPECT_FALSE(input.contains("taskRoleArn"));
  config::EcsRunner larger = runner();
  larger.memory_mib = 4096;
  EXPECT_NE(family_of(larger, "python:3.11"), family_of(runner(), "python:3.11"));
  EXPECT_NE(family_of(runner(), "python:3.12"), family_of(runner(), "python:3.11"));
  config::EcsRunner elsewhere = runner();
  elsewhere.subnets = {"subnet-76543210"};
  EXPECT_EQ(family_of(elsewhere, "python:3.11"), family_of(runner(), "python:3.11"));
}

TEST(RunnerTask, IsAskedForWithTheAddressOfItsAgentAlone) {
  const TaskOrder order{
      .cluster = "ci", .image = "x", .started_by = "sluice/1", .group = "sluice:r/j", .agent = "http://a"};
  const json::object input = run_input(runner(), order, "token");
  EXPECT_EQ(json::serialize(input.at("overrides")),
            R"({"containerOverrides":[{"name":"job","environment":[{"name":"SLUICE_AGENT","value":"http://a"}]}]})");
  EXPECT_EQ(json::serialize(input.at("networkConfiguration")),
            R"({"awsvpcConfiguration":{"subnets":["subnet-01234567"],"assignPublicIp":"ENABLED"}})");
  EXPECT_EQ(input.at("clientToken"), "token");
}

TEST(RunnerTask, TellsWhyItHasStopped) {
  const json::object pull = json::parse(R"({"lastStatus":"STOPPED","stopCode":"TaskFailedToStart",
      "stoppedReason":"CannotPullContainerError: no such image","containers":[{"name":"job"}]})")
                                .as_object();
  EXPECT_EQ(why_stopped(state_of(pull)), "CannotPullContainerError: no such image");
  const json::object memory =
      json::parse(R"({"lastStatus":"STOPPED","stoppedReason":"Essential container in task exited",
      "containers":[{"name":"job","exitCode":137,"reason":"OutOfMemoryError: Container killed due to memory usage"}]})")
          .as_object();
  EXPECT_EQ(
      why_stopped(state_of(memory)),
      "Essential container in task exited; OutOfMemoryError: Container killed due to memory usage; exit code 137: "
      "it was killed, as for want of memory");
  const json::object tools =
      json::parse(R"({"lastStatus":"STOPPED","stoppedReason":"Essential container in task exited",
      "containers":[{"exitCode":90}]})")
          .as_object();
  EXPECT_THAT(why_stopped(state_of(tools)), HasSubstr("none of curl, python3 and GNU wget"));
}

TEST(RunnerTask, KnowsWantOfRoomFromOtherReasons) {
  EXPECT_TRUE(is_about_capacity("RESOURCE:MEMORY"));
  EXPECT_TRUE(is_about_capacity("Capacity is unavailable at this time. Please try again later"));
  EXPECT_TRUE(is_about_capacity("You've reached the limit on the number of vCPUs you can run concurrently"));
  EXPECT_FALSE(is_about_capacity("MISSING"));
}

}  // namespace
}  // namespace sluice::aws::runner
