#include "adapters/aws/utilization_minutes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");

LogEvent sample_at(Milliseconds after, double cpu, int memory) {
  return {kNoon + after, "FargateTelemetry-1",
          fmt::format(R"({{"Type":"Task","TaskDefinitionFamily":"web","TaskDefinitionRevision":"1","CpuUtilized":{},)"
                      R"("CpuReserved":256.0,"MemoryUtilized":{},"MemoryReserved":512}})",
                      cpu, memory)};
}

TEST(UtilizationMinutes, AddUpTheSamplesOfAllTasksInTheFirstSlotOfTheirMinute) {
  UtilizationMinutes minutes;
  EXPECT_TRUE(minutes.empty());
  minutes.take(kNoon, kNoon + 2min,
               {sample_at(0s, 128, 512), sample_at(59'999ms, 64, 256), sample_at(2min, 1, 1), {kNoon, "s", "no JSON"}});
  const auto slots = minutes.slots(kNoon);
  ASSERT_EQ(slots.size(), 1200U);
  EXPECT_EQ(slots[0], (ports::UtilizationSlot{.start = kNoon,
                                              .cpu = {.reserved = 20'000, .used = 7'500},
                                              .memory = {.reserved = 20'000, .used = 15'000}}));
  EXPECT_EQ(slots[1], (ports::UtilizationSlot{.start = kNoon + 100ms}));
  EXPECT_EQ(slots[600], (ports::UtilizationSlot{.start = kNoon + 1min})) << "no task told of this one";
  EXPECT_EQ(minutes.slots(kNoon + 1s).size(), 600U) << "whole minutes only";
}

TEST(UtilizationMinutes, AreReplacedByWhatIsReadLater) {
  UtilizationMinutes minutes;
  minutes.take(kNoon, kNoon + 1min, {sample_at(0s, 256, 1)});
  minutes.take(kNoon, kNoon + 1min, {sample_at(0s, 256, 1), sample_at(0s, 0, 1)});
  EXPECT_EQ(minutes.slots(kNoon)[0].cpu, (analysis::Utilization{.reserved = 20'000, .used = 10'000}));
  minutes.take(kNoon + kLogMinutesKept, kNoon + kLogMinutesKept + 1min, {});
  EXPECT_EQ(minutes.slots(TimePoint{}).front().start, kNoon + kLogMinutesKept) << "older ones are forgotten";
}

}  // namespace
}  // namespace sluice::aws
