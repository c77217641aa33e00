#include "application/alarm_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/given_measurements.h"

namespace sluice::application {
namespace {

using analysis::Verdict;
using rollout::CheckResult;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

class AlarmWatch : public testing::Test {
 protected:
  AlarmWatch() {
    state_.plan.green.id = "r2";
    state_.plan.blue = rollout::Revision{};
    state_.plan.blue->id = "r1";
    state_.plan.green_slot = rollout::Slot::B;
    state_.watched_since = kStart;
  }

  /// So many seconds from kStart on, each with this traffic in every tenth.
  void measure(rollout::Slot slot, int count, const analysis::Slot& tenth, TimePoint from = kStart) {
    for (int i = 0; i < count * 10; ++i) {
      analysis::Slot one = tenth;
      one.start = from + analysis::kSlotLength * i;
      telemetry_.sides[slot == rollout::Slot::A ? 0 : 1].slots.push_back(one);
    }
  }
  void log(const std::string& revision, int count, int lines_a_tenth) {
    for (int i = 0; i < count * 10; ++i) {
      log_.slots[revision].push_back({.start = kStart + analysis::kSlotLength * i, .error_lines = lines_a_tenth});
    }
  }
  static analysis::Slot answers(double milliseconds, int requests = 10) {
    analysis::Slot slot{.requests = requests, .informational_and_success = requests};
    for (int i = 0; i < requests; ++i) slot.latency.add(milliseconds);
    return slot;
  }
  static analysis::Slot failures(int bad, int requests = 10) {
    return {.requests = requests, .informational_and_success = requests - bad, .server_errors = bad};
  }
  std::vector<CheckResult> judge(seconds after) const {
    return judge_green({telemetry_, log_}, state_, kStart + after + kSettle);
  }

  GivenTelemetry telemetry_;
  GivenLog log_;
  rollout::State state_;
};

const analysis::Alarm kP95{.name = "p95", .metric = analysis::Metric::LatencyP95, .above = 3000, .every = seconds{1}};
const analysis::Alarm kErrorLog{.name = "error_log",
                                .metric = analysis::Metric::ErrorLogRate,
                                .above = 5,
                                .threshold = analysis::Threshold::TimesBlue,
                                .every = seconds{1}};

TEST_F(AlarmWatch, JudgesGreensLatencyAndTellsBlues) {
  state_.plan.alarms = {kP95};
  measure(rollout::Slot::B, 3, answers(4000));
  measure(rollout::Slot::A, 3, answers(200));
  const auto results = judge(seconds{3});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].verdict, Verdict::Breaching);
  EXPECT_THAT(results[0].sentence, HasSubstr("BLUE 20"));
}

TEST_F(AlarmWatch, JudgesWholeMinutesInAwsWhenTheirFiguresAreThere) {
  const TimePoint minute = std::chrono::ceil<std::chrono::minutes>(kStart);
  state_.plan.green.target = rollout::EcsTarget{};
  state_.plan.alarms = {{.name = "http_5xx", .above = 0.01, .every = seconds{60}}};
  state_.watched_since = minute - seconds{10};
  measure(rollout::Slot::B, 10, answers(100), minute - seconds{10});
  measure(rollout::Slot::B, 60, failures(5), minute);
  measure(rollout::Slot::A, 70, answers(100), minute - seconds{10});
  const auto judged = [&](seconds after) {
    return judge_green({telemetry_, log_}, state_, minute + after + kSettle).at(0).verdict;
  };
  EXPECT_EQ(judged(seconds{60 + 124}), Verdict::NoData);
  EXPECT_EQ(judged(seconds{60 + 125}), Verdict::Breaching);
  state_.watched_since = minute + seconds{1};
  EXPECT_EQ(judged(seconds{60 + 125}), Verdict::NoData);  // that minute is not wholly GREEN's
}

TEST_F(AlarmWatch, TakesErrorLinesFromTheLogsOfEachColoursRevision) {
  state_.plan.alarms = {kErrorLog};
  measure(rollout::Slot::B, 3, answers(20));
  measure(rollout::Slot::A, 3, answers(20, 90));
  log("r1", 3, 1);
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::NoData) << "nobody reads GREEN's log";
  log("r2", 3, 1);
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Breaching) << "nine times BLUE's";
  log_.slots["r2"].clear();
  log("r2", 3, 0);
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Ok);
}

TEST_F(AlarmWatch, TakesWhatTheTasksOfEachColourUseAndSaysWhyNobodyKnows) {
  state_.plan.alarms = {{.name = "memory",
                         .metric = analysis::Metric::MemoryUtilization,
                         .above = 1.5,
                         .threshold = analysis::Threshold::TimesBlue,
                         .every = seconds{1}}};
  measure(rollout::Slot::B, 3, answers(20));
  measure(rollout::Slot::A, 3, answers(20));
  const auto use = [&](const std::string& revision, std::int64_t of_ten_thousand) {
    log_.used[revision].clear();
    for (int i = 0; i < 30; ++i) {
      log_.used[revision].push_back(
          {.start = kStart + analysis::kSlotLength * i,
           .memory = {.reserved = i % 10 == 0 ? 10'000 : 0, .used = i % 10 == 0 ? of_ten_thousand : 0}});
    }
  };
  use("r1", 4'000);
  const CheckResult unknown = judge(seconds{3})[0];
  EXPECT_EQ(unknown.verdict, Verdict::NoData);
  EXPECT_THAT(unknown.sentence, HasSubstr("not watched in the last period of 1s; no Container Insights"));
  use("r2", 9'500);
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Breaching);
  use("r2", 4'100);
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Ok);
}

/// The story's alarm, in AWS: more than five times BLUE's error lines for each request in 2 of 3 minutes.
TEST_F(AlarmWatch, TakesErrorLinesOfWholeMinutesInAws) {
  const TimePoint minute = std::chrono::ceil<std::chrono::minutes>(kStart);
  state_.plan.green.target = rollout::EcsTarget{};
  state_.watched_since = minute;
  analysis::Alarm story = kErrorLog;
  story.datapoints = 2;
  story.out_of = 3;
  story.every = seconds{60};
  state_.plan.alarms = {story};
  const auto lines_of_a_minute = [&](const std::string& revision, int index, std::int64_t lines) {
    for (int i = 0; i < 600; ++i) {
      log_.slots[revision].push_back(
          {.start = minute + seconds{60 * index} + analysis::kSlotLength * i, .error_lines = i == 0 ? lines : 0});
    }
  };
  measure(rollout::Slot::A, 180, answers(20, 9), minute);
  measure(rollout::Slot::B, 180, answers(20, 1), minute);
  for (int index = 0; index < 3; ++index) lines_of_a_minute("r1", index, 54);  // 1% of 5,400
  for (const auto& [index, lines] : std::map<int, int>{{0, 5}, {1, 36}, {2, 37}}) lines_of_a_minute("r2", index, lines);
  const auto judged = [&](seconds after) {
    return judge_green({telemetry_, log_}, state_, minute + after + kSettle).at(0);
  };
  EXPECT_EQ(judged(seconds{120 + 125}).verdict, Verdict::Ok) << "one of two so far";
  EXPECT_EQ(judged(seconds{180 + 125}).verdict, Verdict::Breaching) << judged(seconds{180 + 125}).sentence;
  log_.slots.erase("r2");
  EXPECT_THAT(judged(seconds{180 + 125}).sentence, HasSubstr("; no log"));
}

TEST_F(AlarmWatch, ComparesWithWhatBlueWasBeforeTheStart) {
  analysis::Alarm slower = kP95;
  slower.threshold = analysis::Threshold::TimesBefore;
  slower.above = 2;
  state_.plan.alarms = {slower, kP95};
  measure(rollout::Slot::A, 1, answers(100), kStart - seconds{1});
  state_.baselines = measure_baselines({telemetry_, log_}, state_.plan, kStart + kSettle);
  ASSERT_EQ(state_.baselines.size(), 1u);
  EXPECT_EQ(state_.baselines["p95"].requests, 100);
  measure(rollout::Slot::B, 3, answers(300));
  measure(rollout::Slot::A, 3, answers(300));
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Breaching) << "what BLUE is now plays no part";
  state_.baselines.clear();
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::NoData);
  EXPECT_EQ(judge_blue({telemetry_, log_}, state_.plan, kStart).size(), 1u) << "not held against itself";
  state_.plan.blue.reset();
  EXPECT_EQ(judge(seconds{3}).size(), 1u) << "a first deployment has nothing to compare with";
}

TEST_F(AlarmWatch, MeasuresNothingBeforeTheStartThatNobodyAsksFor) {
  state_.plan.alarms = {kP95, kErrorLog};
  measure(rollout::Slot::A, 1, answers(100), kStart - seconds{1});
  EXPECT_TRUE(measure_baselines({telemetry_, log_}, state_.plan, kStart + kSettle).empty());
}

TEST_F(AlarmWatch, ComparesWithBluesLastTrafficOnceGreenHasAll) {
  state_.plan.alarms = {kErrorLog};
  state_.full_at = kStart + seconds{2};
  measure(rollout::Slot::A, 2, answers(20, 90));
  measure(rollout::Slot::A, 5, {}, kStart + seconds{2});
  measure(rollout::Slot::B, 7, answers(20, 100));
  log("r1", 7, 1);
  log("r2", 7, 6);
  const auto results = judge(seconds{7});
  EXPECT_EQ(results[0].verdict, Verdict::Breaching);
  EXPECT_THAT(results[0].sentence, HasSubstr("BLUE, while it had traffic, 10 in 900"));
}

TEST_F(AlarmWatch, LeavesAComparisonOutWhereThereIsNothingToCompareWith) {
  state_.plan.alarms = {kErrorLog, kP95};
  measure(rollout::Slot::A, 3, answers(20));
  measure(rollout::Slot::B, 3, answers(20));
  EXPECT_EQ(judge_blue({telemetry_, log_}, state_.plan, kStart + seconds{3}).size(), 1u) << "BLUE with itself";
  state_.plan.blue.reset();
  const auto results = judge(seconds{3});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].alarm, "p95");
  EXPECT_EQ(results[0].verdict, Verdict::Ok);
}

TEST_F(AlarmWatch, SaysWhetherBlueExplainsAGatedBreach) {
  state_.plan.alarms = {
      {.name = "http_5xx", .above = 0.1, .every = seconds{1}, .gate_on_blue = analysis::Action::Hold}};
  measure(rollout::Slot::B, 3, failures(5));
  measure(rollout::Slot::A, 3, failures(1));
  EXPECT_TRUE(judge(seconds{3})[0].blue_shows_it);
  measure(rollout::Slot::B, 3, failures(5), kStart + seconds{3});
  measure(rollout::Slot::A, 3, failures(0), kStart + seconds{3});
  EXPECT_FALSE(judge(seconds{6})[0].blue_shows_it);
}

TEST_F(AlarmWatch, ASourceThatStopsIsNoDataAndOneThatFailsIsAnError) {
  state_.plan.alarms = {kP95};
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Error);
  measure(rollout::Slot::B, 3, answers(20));
  EXPECT_EQ(judge(seconds{3})[0].verdict, Verdict::Ok);
  EXPECT_EQ(judge(seconds{5})[0].verdict, Verdict::NoData);
  telemetry_.sides[1].lost_lines = 7;
  EXPECT_THAT(judge(seconds{5})[0].sentence, HasSubstr("7 requests of GREEN that it told nothing about"));
}

TEST_F(AlarmWatch, AColourWithoutTrafficIsNoDataWhateverTheMetric) {
  state_.plan.alarms = {{.name = "http_5xx", .above = 0.01, .every = seconds{1}}, kP95, kErrorLog};
  measure(rollout::Slot::B, 3, {});
  measure(rollout::Slot::A, 3, answers(20));
  log("r1", 3, 0);
  log("r2", 3, 0);
  for (const CheckResult& result : judge(seconds{3})) EXPECT_EQ(result.verdict, Verdict::NoData) << result.sentence;
}

TEST_F(AlarmWatch, LiveFiguresTellBothTimesAndWhatWasLost) {
  measure(rollout::Slot::B, 5, answers(20));
  telemetry_.sides[1].lost_lines = 3;
  const auto live =
      live_figures({telemetry_, log_}, state_.plan, rollout::Colour::Green, seconds{5}, kStart + seconds{5} + kSettle);
  EXPECT_DOUBLE_EQ(live.requests_per_second, 100);
  EXPECT_NEAR(live.p50.value(), 20, 1);
  EXPECT_NEAR(live.p95.value(), 20, 1);
  EXPECT_EQ(live.lost_lines, 3);
  EXPECT_FALSE(
      live_figures({telemetry_, log_}, state_.plan, rollout::Colour::Blue, seconds{5}, kStart).p50.has_value());
}

}  // namespace
}  // namespace sluice::application
