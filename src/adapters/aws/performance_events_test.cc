#include "adapters/aws/performance_events.h"

#include <gtest/gtest.h>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using analysis::Utilization;

TEST(PerformanceEvents, TellTheSharesOfWhatATaskReserves) {
  const auto sample = read_task_sample(
      R"({"Version":"0","Type":"Task","TaskId":"7ac4","TaskDefinitionFamily":"web","TaskDefinitionRevision":"12",)"
      R"("CpuUtilized":320.64,"CpuReserved":256.0,"MemoryUtilized":128,"MemoryReserved":512})");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->definition, "web:12");
  EXPECT_EQ(sample->cpu, (Utilization{.reserved = 10'000, .used = 12'525}));
  EXPECT_EQ(sample->memory, (Utilization{.reserved = 10'000, .used = 2'500}));
}

TEST(PerformanceEvents, MeasureNothingOfWhatIsNotReservedOrNoNumber) {
  const auto sample =
      read_task_sample(R"({"Type":"Task","TaskDefinitionFamily":"web","TaskDefinitionRevision":"12",)"
                       R"("CpuUtilized":3.5,"CpuReserved":0,"MemoryUtilized":null,"MemoryReserved":512})");
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->cpu, Utilization{});
  EXPECT_EQ(sample->memory, Utilization{});
  EXPECT_FALSE(read_task_sample(R"({"Type":"Container","TaskDefinitionFamily":"web"})"));
  EXPECT_FALSE(read_task_sample("[1"));
  EXPECT_FALSE(read_task_sample("[]"));
}

TEST(PerformanceEvents, AreFoundByTheDefinitionsOfBothColours) {
  EXPECT_EQ(performance_log_group("arn:aws:ecs:eu-west-1:1:cluster/shop"),
            "/aws/ecs/containerinsights/shop/performance");
  EXPECT_EQ(family_and_revision("arn:aws:ecs:eu-west-1:1:task-definition/web:12"), "web:12");
  EXPECT_EQ(pattern_of_tasks({"web:12", "web:13"}),
            R"({ ($.Type = "Task" && $.TaskDefinitionFamily = "web" && $.TaskDefinitionRevision = "12") || )"
            R"(($.Type = "Task" && $.TaskDefinitionFamily = "web" && $.TaskDefinitionRevision = "13") })");
  const std::string longest = std::string(255, 'x') + ":2147483647";
  EXPECT_LE(pattern_of_tasks(std::vector<std::string>(kDefinitionsOfPattern, longest)).size(), 1024U);
}

TEST(PerformanceEvents, SayHowTheyAreSwitchedOn) {
  EXPECT_TRUE(test::contains(how_to_enable_insights("arn:aws:ecs:eu-west-1:1:cluster/shop", "eu-west-1"),
                             "`aws ecs update-cluster-settings --cluster shop --settings "
                             "name=containerInsights,value=enabled --region eu-west-1`"));
}

}  // namespace
}  // namespace sluice::aws
