#include "adapters/aws/lambda/version_minutes.h"

#include <gtest/gtest.h>

namespace sluice::aws::lambda {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");

TimePoint at(int minute, int second = 0) { return kNoon + std::chrono::minutes(minute) + std::chrono::seconds(second); }
Shift shift(TimePoint when, const char* slot_b) { return {when, {.open = true, .slot_b = *Weight::parse(slot_b)}}; }

/// Requests by minute, counted from noon.
Minutes requests(const std::map<int, double>& counts) {
  Minutes minutes;
  for (const auto& [minute, count] : counts) minutes[at(minute)].requests = count;
  return minutes;
}
std::map<int, double> counted(const Minutes& minutes) {
  std::map<int, double> counts;
  for (const auto& [when, minute] : minutes)
    counts[static_cast<int>(std::chrono::floor<std::chrono::minutes>(when - kNoon).count())] = minute.requests;
  return counts;
}
using Counts = std::map<int, double>;

TEST(LambdaVersionMinutes, AreTheAliassWhileAVersionStandsAlone) {
  // BLUE in A; 5% from 12:01:30 on, 100% from 12:04:10 on. ExecutedVersion is there with weights only.
  const std::vector<Shift> shifts{shift(at(0), "0%"), shift(at(1, 30), "5%"), shift(at(4, 10), "100%")};
  const Minutes all = requests({{-9, 100}, {0, 100}, {1, 100}, {2, 100}, {3, 100}, {4, 100}, {5, 100}});
  const Minutes blue = requests({{1, 47}, {2, 95}, {3, 94}, {4, 16}});
  const Minutes green = requests({{1, 3}, {2, 5}, {3, 6}, {4, 1}});
  EXPECT_EQ(counted(minutes_of_slot(shifts, rollout::Slot::A, blue, all)),
            (Counts{{-9, 100}, {0, 100}, {1, 47}, {2, 95}, {3, 94}, {4, 16}}));
  EXPECT_EQ(counted(minutes_of_slot(shifts, rollout::Slot::B, green, all)),
            (Counts{{1, 3}, {2, 5}, {3, 6}, {4, 1}, {5, 100}}));
}

TEST(LambdaVersionMinutes, AreNobodysWhileAWeightMayNotBeInForceYet) {
  const std::vector<Shift> shifts{shift(at(0), "0%"), shift(at(1, 55), "100%")};  // in force by 12:02:05
  const Minutes all = requests({{0, 100}, {1, 100}, {2, 100}, {3, 100}});
  EXPECT_EQ(counted(minutes_of_slot(shifts, rollout::Slot::A, {}, all)), (Counts{{0, 100}}));
  EXPECT_EQ(counted(minutes_of_slot(shifts, rollout::Slot::B, {}, all)), (Counts{{3, 100}}));
}

TEST(LambdaVersionMinutes, AreWhatIsToldOfTheVersionWhereNothingIsNoted) {
  EXPECT_EQ(counted(minutes_of_slot({}, rollout::Slot::A, requests({{1, 7}}), requests({{1, 100}}))), (Counts{{1, 7}}));
}

}  // namespace
}  // namespace sluice::aws::lambda
