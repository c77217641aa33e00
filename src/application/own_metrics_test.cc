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
  void answer(TimePoint now, const OfColours<CounterReading>& given) {
    for (const MetricQuery& query : metrics_.due(now)) {
      asked_.push_back(query.at);
      metrics_.take(query, {given}, judge_);
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
  metrics_.take(first[0], {OfColours<CounterReading>{reading(0, 0), reading(0, 0)}}, judge_);
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

/// CloudWatch tells of whole periods, some time after they ended.
class OwnMetricsOfPeriods : public testing::Test {
 protected:
  void answer(TimePoint now, const OfColours<analysis::MetricSlot>& given) {
    for (const MetricQuery& query : metrics_.due(now)) {
      asked_.push_back(query.at);
      auto dated = given;
      if (dated.green) dated.green->start = query.at;
      if (dated.blue) dated.blue->start = query.at;
      metrics_.take(query, {dated}, judge_);
    }
  }
  static analysis::MetricSlot counted(std::int64_t requests, std::int64_t events) {
    return {.start = {}, .counts = {.requests = requests, .events = events}, .latency = {}};
  }
  rollout::CheckResult check(TimePoint now) { return metrics_.checks(now).at(0); }

  analysis::AnalysisSettings settings_ = one_metric(SourceKind::CloudWatch, seconds{60});
  OwnMetrics metrics_{settings_, kStart};
  analysis::TrafficJudge judge_ = analysis::TrafficJudge::create({.alarms = {}, .analysis = settings_}).value();
  std::vector<TimePoint> asked_;
};

TEST_F(OwnMetricsOfPeriods, AreAskedForAPeriodOnceItIsKnownAndNotForTheOneInWhichTheWeightMoved) {
  metrics_.step_begins(kStart + seconds{20}, true);
  EXPECT_TRUE(metrics_.due(kStart + seconds{179}).empty());
  answer(kStart + seconds{180}, {counted(600, 1), counted(5400, 9)});
  EXPECT_EQ(asked_, std::vector{kStart + seconds{60}});
  EXPECT_EQ(check(kStart + seconds{181}).verdict, Verdict::Ok);
  EXPECT_TRUE(metrics_.due(kStart + seconds{239}).empty());
  answer(kStart + seconds{240}, {Error{ErrorKind::Denied, "allow cloudwatch:GetMetricData"}, counted(5400, 9)});
  EXPECT_THAT(check(kStart + seconds{600}).sentence, HasSubstr("allow cloudwatch:GetMetricData"));
}

TEST_F(OwnMetricsOfPeriods, TakeAWorseGreenBack) {
  judge_.weight_changes(kStart, Weight::from_basis_points(1000).value());
  (void)judge_.observe(analysis::Slot{.start = kStart}, analysis::Slot{.start = kStart});
  metrics_.step_begins(kStart, true);
  for (int minute = 3; minute < 12; ++minute) {
    answer(kStart + seconds{60 * minute}, {counted(600, 120), counted(5400, 9)});
  }
  EXPECT_EQ(judge_.decision().kind, analysis::DecisionKind::Rollback);
  EXPECT_EQ(judge_.decision().reason, "sequential carts");
}

TEST(OwnMetricsOfAPrometheus, AreAskedForAsThePlaceOfTheColour) {
  struct Store final : ports::MetricQueries {
    Result<std::vector<analysis::CounterSample>> query(const rollout::Target& place, const std::string& url,
                                                       const std::string& query, TimePoint,
                                                       std::stop_token) const override {
      asked.push_back(std::get<rollout::LambdaTarget>(place).role + " " + url + " " + query);
      return std::vector{analysis::CounterSample{.value = 1, .edge = {}}};
    }
    mutable std::vector<std::string> asked;
  } store;
  rollout::Plan plan;
  plan.green.target = rollout::LambdaTarget{.role = "new"};
  plan.blue.emplace().target = rollout::LambdaTarget{.role = "old"};
  plan.analysis = one_metric(SourceKind::Prometheus, seconds{15});
  analysis::MetricSource& source = plan.analysis->sources[0];
  source.url = "http://p";
  source.events = source.requests = "$colour";
  struct Nobody final : ports::PeriodMetrics {
    std::vector<Result<analysis::MetricSlot>> counted(const rollout::ServiceKey&,
                                                      const std::vector<ports::PeriodQuestion>&, TimePoint,
                                                      Milliseconds, const std::stop_token&) const override {
      return {};
    }
  } periods;
  (void)ask({store, periods}, plan, {{0}, kStart}, {});
  EXPECT_EQ(store.asked, (std::vector<std::string>{"new http://p green", "new http://p green", "old http://p blue",
                                                   "old http://p blue"}));
}

TEST(OwnMetricsOfCloudWatch, AreAskedForByTheColoursOwnDimensions) {
  struct Store final : ports::PeriodMetrics {
    std::vector<Result<analysis::MetricSlot>> counted(const rollout::ServiceKey&,
                                                      const std::vector<ports::PeriodQuestion>& questions,
                                                      TimePoint start, Milliseconds every,
                                                      const std::stop_token&) const override {
      std::vector<Result<analysis::MetricSlot>> slots;
      for (const auto& [revision, source, between] : questions) {
        asked.push_back(revision.id + " " + source.dimensions.at("Version") +
                        (between == analysis::Between::Fast ? " fast" : " slow"));
        slots.emplace_back(analysis::MetricSlot{
            .start = start, .counts = {.requests = every.count(), .events = std::ssize(slots)}, .latency = {}});
      }
      return slots;
    }
    mutable std::vector<std::string> asked;
  } store;
  struct Nobody final : ports::MetricQueries {
    Result<std::vector<analysis::CounterSample>> query(const rollout::Target&, const std::string&, const std::string&,
                                                       TimePoint, std::stop_token) const override {
      return Error{ErrorKind::Unavailable, "nobody"};
    }
  } nobody;
  rollout::Plan plan;
  plan.green = {.id = "r2", .label = "sha-2"};
  plan.blue = {.id = "r1", .label = "sha-\"1"};
  plan.analysis = one_metric(SourceKind::CloudWatch, seconds{60});
  plan.analysis->sources[0].dimensions = {{"Version", "$label/$colour"}};
  plan.analysis->sequential.more.push_back({.name = "other", .every = seconds{60}});
  plan.analysis->sources.push_back(plan.analysis->sources[0]);
  const MetricAnswers answers = ask({nobody, store}, plan, {{0, 1}, kStart}, {});
  EXPECT_EQ(store.asked, (std::vector<std::string>{"r2 sha-2/green fast", "r1 sha-\"1/blue slow", "r2 sha-2/green fast",
                                                   "r1 sha-\"1/blue slow"}));
  ASSERT_EQ(answers.size(), 2U);
  const auto& other = std::get<OfColours<analysis::MetricSlot>>(answers[1]);
  EXPECT_EQ(other.green->counts, (analysis::ColourCounts{.requests = 60'000, .events = 2}));
  EXPECT_EQ(other.blue->counts.events, 3);
}

TEST(OwnMetricsOfCloudWatch, OfOnePeriodAreOneQuestion) {
  analysis::AnalysisSettings settings;
  for (const auto& [name, every] : {std::pair{"a", 10}, {"b", 60}, {"c", 10}, {"d", 10}}) {
    settings.sequential.more.push_back({.name = name, .every = seconds{every}});
    settings.sources.push_back({.from = SourceKind::CloudWatch});
  }
  settings.sources[3].from = SourceKind::Prometheus;
  OwnMetrics metrics(settings, kStart);
  metrics.step_begins(kStart, true);
  std::vector<std::vector<std::size_t>> asked;
  for (const MetricQuery& query : metrics.due(kStart + seconds{600})) asked.push_back(query.metrics);
  EXPECT_EQ(asked, (std::vector<std::vector<std::size_t>>{{0, 2}, {1}, {3}}));
}

}  // namespace
}  // namespace sluice::application
