#include "application/own_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using analysis::CounterReading;
using analysis::SourceKind;
using analysis::Verdict;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr TimePoint kStart{Milliseconds{1'795'450'680'000}};  // whole minutes

analysis::AnalysisSettings one_metric(SourceKind from, Milliseconds every) {
  analysis::AnalysisSettings settings;
  settings.sequential.more = {{.name = "carts", .every = every}};
  settings.sources = {{.from = from}};
  return settings;
}

CounterReading reading(double events, double requests) {
  return {.requests = requests, .events = events, .buckets = {}};
}

class OwnMetricsOfAStore : public testing::Test {
 protected:
  void step() { metrics_.step_begins(kStart, true); }
  /// The answers to all that is due now.
  void answer(TimePoint now, const MetricAnswer& given) {
    for (const MetricQuery& query : metrics_.due(now)) {
      asked_.push_back(query.at);
      metrics_.take(query, given, judge_);
    }
  }
  rollout::CheckResult check(TimePoint now) { return metrics_.checks(now).at(0); }

  analysis::AnalysisSettings settings_ = one_metric(SourceKind::Prometheus, seconds{15});
  OwnMetrics metrics_{settings_, kStart};
  analysis::TrafficJudge judge_ = analysis::TrafficJudge::create({.alarms = {}, .analysis = settings_}).value();
  std::vector<TimePoint> asked_;
};

TEST_F(OwnMetricsOfAStore, AreAskedForOncePerPeriodAndOneAfterTheOther) {
  step();
  EXPECT_TRUE(metrics_.due(kStart).empty()) << "the store has not got it yet";
  const auto first = metrics_.due(kStart + seconds{1});
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].at, kStart);
  EXPECT_TRUE(metrics_.due(kStart + seconds{40}).empty()) << "one question at a time";
  metrics_.take(first[0], {reading(0, 0), reading(0, 0)}, judge_);
  answer(kStart + seconds{41}, {reading(0, 9), reading(0, 9)});
  EXPECT_EQ(asked_, (std::vector{kStart + seconds{30}})) << "the newest; what lies between is a gap";
  EXPECT_EQ(check(kStart + seconds{42}).verdict, Verdict::NoData);
}

TEST_F(OwnMetricsOfAStore, AreFineWithDataOfBothColours) {
  step();
  answer(kStart + seconds{1}, {reading(0, 0), reading(0, 0)});
  answer(kStart + seconds{16}, {reading(1, 10), reading(1, 90)});
  EXPECT_EQ(check(kStart + seconds{17}).verdict, Verdict::Ok);
  const rollout::CheckResult late = check(kStart + seconds{120});
  EXPECT_EQ(late.verdict, Verdict::NoData);
  EXPECT_THAT(late.sentence, HasSubstr("no data for 45s"));
}

TEST_F(OwnMetricsOfAStore, SayWhoseDataIsMissing) {
  step();
  answer(kStart + seconds{1}, {reading(0, 0), reading(0, 0)});
  answer(kStart + seconds{16}, {reading(0, 0), reading(1, 90)});
  EXPECT_EQ(check(kStart + seconds{17}).verdict, Verdict::NoData);
  EXPECT_THAT(check(kStart + seconds{17}).sentence, HasSubstr("no data of GREEN"));
}

TEST_F(OwnMetricsOfAStore, AreAnErrorWhereTheQueryIsWrong) {
  step();
  answer(kStart + seconds{1}, {reading(0, 0), Error{ErrorKind::InvalidInput, "it gives a matrix"}});
  EXPECT_EQ(check(kStart + seconds{2}).verdict, Verdict::Error);
  EXPECT_THAT(check(kStart + seconds{2}).sentence, HasSubstr("gives a matrix"));
  answer(kStart + seconds{16}, {reading(0, 0), Error{ErrorKind::TimedOut, "too slow"}});
  EXPECT_EQ(check(kStart + seconds{17}).verdict, Verdict::NoData) << "slowness is nobody's mistake";
}

TEST_F(OwnMetricsOfAStore, LearnBlueAloneBeforeGreenHasTraffic) {
  metrics_.step_begins(kStart, false);
  answer(kStart + seconds{1}, {Error{ErrorKind::NotFound, "no GREEN"}, reading(0, 0)});
  answer(kStart + seconds{16}, {Error{ErrorKind::NotFound, "no GREEN"}, reading(1, 90)});
  EXPECT_TRUE(metrics_.checks(kStart + seconds{17}).empty()) << "nothing is compared";
  metrics_.step_begins(kStart + seconds{17}, true);
  EXPECT_EQ(check(kStart + seconds{18}).verdict, Verdict::NoData) << "the step has none of its own yet";
}

}  // namespace
}  // namespace sluice::application
