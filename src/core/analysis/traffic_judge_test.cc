#include "core/analysis/traffic_judge.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

Weight percent(int value) { return Weight::from_basis_points(value * 100).value(); }

const Alarm kErrors{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{5}};

/// A rollout second by second, from one seed.
class Rollout {
 public:
  explicit Rollout(JudgeSettings settings, std::uint64_t seed = 7)
      : random_(seed), judge_(TrafficJudge::create(std::move(settings)).value()) {}

  struct Traffic {
    double a_second = 100;
    double green_share = 0.1;
    double green_errors = 0;
    double blue_errors = 0;
    double log_errors = 0;
  };

  Slot answers(double mean, double errors, double log_errors) {
    Slot slot{.start = now_};
    slot.requests = mean > 0 ? std::poisson_distribution<int>(mean)(random_) : 0;
    const auto some = [&](double rate) {
      return rate > 0 ? std::binomial_distribution<int>(static_cast<int>(slot.requests), rate)(random_) : 0;
    };
    slot.server_errors = some(errors);
    slot.requests_with_log_errors = some(log_errors);
    slot.log_watched = true;
    for (int i = 0; i < slot.requests; ++i) slot.latency.add(20.0 + i % 7);
    return slot;
  }

  /// Until something is decided that was not before.
  void run(Milliseconds length, const Traffic& traffic) {
    const TimePoint until = now_ + length;
    const Decision before = judge_.decision();
    while (now_ < until && judge_.decision() == before) slot(traffic);
  }
  void run_on(Milliseconds length, const Traffic& traffic) {
    for (const TimePoint until = now_ + length; now_ < until;) slot(traffic);
  }
  void slot(const Traffic& traffic) {
    const double mean = traffic.a_second / 10;
    Slot green = answers(mean * traffic.green_share, traffic.green_errors, traffic.log_errors);
    Slot blue = answers(mean * (1 - traffic.green_share), traffic.blue_errors, 0);
    fed_.emplace_back(green, blue);
    EXPECT_EQ(judge_.observe(std::move(green), std::move(blue)), Observed::Counted);
    now_ += kSlotLength;
  }
  void weight(int green, std::optional<Milliseconds> bake = std::nullopt) {
    judge_.weight_changes(now_, percent(green), bake);
  }

  TrafficJudge& judge() { return judge_; }
  const Decision& decision() const { return judge_.decision(); }
  TimePoint now() const { return now_; }
  void step_back(Milliseconds by) {
    now_ -= by;
    judge_.clock_stepped(now_);
  }
  const std::vector<std::pair<Slot, Slot>>& fed() const { return fed_; }

 private:
  std::mt19937_64 random_;
  TimePoint now_ = kStart;
  TrafficJudge judge_;
  std::vector<std::pair<Slot, Slot>> fed_;
};

JudgeSettings both() { return {.alarms = {kErrors}, .analysis = AnalysisSettings{}}; }

TEST(TrafficJudge, RollsBackByTheSequentialTestLongBeforeTheAlarm) {
  JudgeSettings settings = both();
  settings.alarms[0].every = seconds{60};
  Rollout rollout(settings);
  rollout.run_on(seconds{60}, {.green_share = 0});
  rollout.weight(10, seconds{240});
  rollout.run(seconds{240}, {.green_errors = 0.2});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ(rollout.decision().reason, "sequential errors");
  EXPECT_TRUE(rollout.decision().message.starts_with("GREEN answers 5xx to ")) << rollout.decision().message;
  EXPECT_EQ(rollout.decision().at, rollout.now());
  EXPECT_LT(rollout.now() - kStart, seconds{60 + 60});
}

TEST(TrafficJudge, KeepsTheEvidenceThatDecidedThoughItFallsAfterwards) {
  JudgeSettings settings = both();
  settings.alarms.clear();
  Rollout rollout(settings);
  rollout.run_on(seconds{60}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{240}, {.green_errors = 0.1});
  ASSERT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  const double decided = rollout.decision().log_evidence;
  EXPECT_GE(decided, rollout.decision().log_needed);
  EXPECT_GT(rollout.decision().log_needed, 0);
  rollout.run_on(seconds{120}, {.blue_errors = 0.1});
  EXPECT_LT(rollout.judge().assess()->log_evidence, decided);
  EXPECT_EQ(rollout.decision().log_evidence, decided);
}

TEST(TrafficJudge, RollsBackByAnAlarmWhereTheAnalysisIsOff) {
  Rollout rollout({.alarms = {kErrors}});
  rollout.run_on(seconds{20}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{60}, {.green_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ(rollout.decision().reason, "alarm http_5xx");
  EXPECT_EQ(rollout.now() - kStart, seconds{20 + 2 * 5});
  EXPECT_FALSE(rollout.judge().assess().has_value());
}

TEST(TrafficJudge, HoldsByAMetricThatHoldsAndARollbackStillComes) {
  JudgeSettings settings = both();
  settings.alarms.clear();
  Rollout rollout(settings);
  rollout.run_on(seconds{30}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{240}, {.log_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Hold);
  EXPECT_EQ(rollout.decision().reason, "sequential error_log");
  rollout.run(seconds{240}, {.green_errors = 0.5, .log_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ(rollout.decision().reason, "sequential errors");
}

TEST(TrafficJudge, ARiseDuringAHoldOverrulesItsReasonAlone) {
  Rollout rollout(both());
  rollout.run_on(seconds{30}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{240}, {.log_errors = 0.5});
  ASSERT_EQ(rollout.decision().kind, DecisionKind::Hold);
  rollout.weight(50, seconds{30});
  rollout.run(seconds{60}, {.green_share = 0.5, .log_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None) << rollout.decision().message;
  rollout.run(seconds{60}, {.green_share = 0.5, .log_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Promote) << rollout.decision().message;
}

TEST(TrafficJudge, PromotesWhenTheStepHasBakedAndShownEnough) {
  Rollout rollout(both());
  rollout.run_on(seconds{30}, {.green_share = 0});
  rollout.weight(10, seconds{90});
  rollout.run(seconds{240}, {});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Promote);
  EXPECT_EQ(rollout.decision().reason, "enough evidence");
  EXPECT_EQ(rollout.now() - kStart, seconds{30 + 90});
  EXPECT_TRUE(rollout.decision().message.starts_with("the step at 10% has baked 1m 30s; GREEN answers 5xx to at most "))
      << rollout.decision().message;
  rollout.weight(50);
  rollout.run_on(seconds{1}, {.green_share = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None);
}

TEST(TrafficJudge, LowTrafficExtendsTheStepUpToItsLimitAndIsNeverASilentPass) {
  JudgeSettings settings = both();
  settings.alarms[0].missing = Missing::NotBreaching;
  settings.analysis->enough.extension = seconds{120};
  Rollout rollout(settings);
  rollout.run_on(seconds{30}, {.a_second = 2, .green_share = 0});
  rollout.weight(10, seconds{60});
  rollout.run(seconds{600}, {.a_second = 2});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Hold);
  EXPECT_EQ(rollout.decision().reason, "too few requests");
  EXPECT_EQ(rollout.now() - kStart, seconds{30 + 60 + 120});
  EXPECT_NE(rollout.decision().message.find("of the 50 requests that the step wants"), std::string::npos)
      << rollout.decision().message;
}

TEST(TrafficJudge, AnExtendedStepGoesOnAsSoonAsItHasShownEnough) {
  JudgeSettings settings = both();
  settings.alarms[0].missing = Missing::NotBreaching;
  Rollout rollout(settings);
  rollout.run_on(seconds{30}, {.green_share = 0});
  rollout.weight(10, seconds{60});
  rollout.run_on(seconds{60}, {.a_second = 2});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None) << rollout.decision().message;
  rollout.run(seconds{300}, {});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Promote) << rollout.decision().message;
}

TEST(TrafficJudge, HoldsAtTheEndOfAStepThatAnAlarmCouldNotJudge) {
  JudgeSettings settings = both();
  settings.analysis->enough.requests = 0;
  settings.analysis->enough.at_most_worse = 1;
  Rollout rollout(settings);
  rollout.run_on(seconds{30}, {.green_share = 0});
  rollout.weight(10, seconds{60});
  rollout.run(seconds{120}, {.green_share = 0});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Hold);
  EXPECT_EQ(rollout.decision().reason, "no data http_5xx");
  EXPECT_EQ(rollout.now() - kStart, seconds{30 + 60});
}

TEST(TrafficJudge, AChangeOfWeightCountsFromItsSlotOnWheneverItWasTold) {
  for (const bool early : {false, true}) {
    Rollout rollout({.alarms = {kErrors}});
    if (early) rollout.judge().weight_changes(kStart + seconds{20} + Milliseconds{30}, percent(10));
    rollout.run_on(seconds{20}, {.green_share = 0});
    EXPECT_EQ(rollout.judge().weight(), Weight::none());
    if (!early) rollout.judge().weight_changes(kStart + seconds{20} + Milliseconds{30}, percent(10));
    rollout.run_on(Milliseconds{100}, {});
    EXPECT_EQ(rollout.judge().weight(), percent(10));
  }
}

TEST(TrafficJudge, ComesToTheSameDecisionInTheSameSecondAfterACrash) {
  for (const double errors : {0.03, 0.0}) {
    Rollout rollout(both(), 11);
    rollout.run_on(seconds{40}, {.green_share = 0});
    rollout.weight(10, seconds{100});
    rollout.run_on(seconds{23} + Milliseconds{400}, {.green_errors = errors});
    const std::size_t before = rollout.fed().size();
    ASSERT_EQ(rollout.decision().kind, DecisionKind::None);
    TrafficJudge resumed = TrafficJudge::resume(both(), rollout.judge().progress()).value();
    for (std::size_t i = 0; i < before; ++i) resumed.recall(rollout.fed()[i].first, rollout.fed()[i].second);
    rollout.run_on(seconds{200}, {.green_errors = errors});
    for (std::size_t i = before; i < rollout.fed().size(); ++i) {
      resumed.observe(rollout.fed()[i].first, rollout.fed()[i].second);
    }
    EXPECT_NE(rollout.decision().kind, DecisionKind::None);
    EXPECT_EQ(resumed.decision(), rollout.decision());
    EXPECT_EQ(resumed.progress().test, rollout.judge().progress().test);
  }
}

TEST(TrafficJudge, RefusesAStateThatIsNotItsOwn) {
  EXPECT_FALSE(TrafficJudge::resume(both(), {.test = "damaged"}));
  JudgeSettings settings = both();
  settings.analysis->sequential.alpha = 0.9;
  EXPECT_FALSE(TrafficJudge::create(settings));
}

TEST(TrafficJudge, GoesOnAfterTheClockStepsBack) {
  Rollout rollout(both());
  rollout.run_on(seconds{40}, {.green_share = 0});
  rollout.weight(10, seconds{100});
  rollout.run_on(seconds{50}, {});
  rollout.step_back(std::chrono::hours{1});
  rollout.run(seconds{49}, {});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None) << rollout.decision().message;
  rollout.run(seconds{1}, {});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Promote) << rollout.decision().message;
}

TEST(TrafficJudge, TakesASlotOnceAndInOrder) {
  Rollout rollout(both());
  rollout.run_on(seconds{2}, {});
  EXPECT_EQ(rollout.judge().observe(Slot{.start = kStart}, Slot{.start = kStart}), Observed::OutOfOrder);
  EXPECT_EQ(rollout.judge().observe(Slot{.start = rollout.now()}, Slot{.start = kStart}), Observed::Impossible);
  EXPECT_EQ(rollout.judge().observe(Slot{.start = rollout.now(), .requests = -1}, Slot{.start = rollout.now()}),
            Observed::Impossible);
}

TEST(TrafficJudge, AddsSlotsUpForATestOfLongerObservations) {
  JudgeSettings settings = both();
  settings.alarms.clear();
  settings.analysis->sequential.slot_length = seconds{10};
  Rollout rollout(settings);
  rollout.run_on(seconds{60}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{240}, {.green_errors = 0.3});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ((rollout.now() - kStart) % seconds{10}, Milliseconds{0});
}

TEST(TrafficJudge, AnObservationInWhichTheWeightMovedIsNotCompared) {
  JudgeSettings settings = both();
  settings.alarms.clear();
  settings.analysis->sequential.slot_length = seconds{10};
  TrafficJudge judge = TrafficJudge::create(settings).value();
  // An outage of both colours: over the whole observation GREEN, which had nearly no traffic before it, looks worse.
  judge.weight_changes(kStart, percent(1));
  judge.weight_changes(kStart + seconds{15}, percent(50));
  const auto observe = [&](int second, std::int64_t green, std::int64_t blue, bool fails) {
    for (int i = second * 10; i < (second + 1) * 10; ++i) {
      const TimePoint start = kStart + kSlotLength * i;
      const auto slot = [&](std::int64_t requests) {
        return Slot{.start = start, .requests = requests, .server_errors = fails ? requests : 0};
      };
      EXPECT_EQ(judge.observe(slot(green), slot(blue)), Observed::Counted);
    }
  };
  for (int second = 0; second < 15; ++second) observe(second, 1, 99, false);
  for (int second = 15; second < 20; ++second) observe(second, 50, 50, true);
  EXPECT_EQ(judge.assess()->step.green.requests, 0);
  for (int second = 20; second < 30; ++second) observe(second, 50, 50, false);
  EXPECT_EQ(judge.assess()->step.green.requests, 5000);
  EXPECT_EQ(judge.assess()->step.green.events, 0);
}

/// With a metric of the user's own, and slots of minutes.
JudgeSettings by_the_minute() {
  JudgeSettings settings = both();
  settings.alarms.clear();
  settings.analysis->sequential.slot_length = seconds{60};
  SequentialMetric lost{.name = "lost", .kind = SequentialKind::Ratio, .then = Action::Rollback, .every = seconds{1}};
  settings.analysis->sequential.more = {lost};
  return settings;
}

TEST(TrafficJudge, AMetricOfSecondsDecidesBeforeTheFirstMinuteIsKnown) {
  TrafficJudge judge = TrafficJudge::create(by_the_minute()).value();
  for (int second = -60; second < 0; ++second) {
    judge.observe_metric(0, kStart + seconds{second}, {}, {.counts = {90, 0}});
  }
  judge.weight_changes(kStart, percent(10), seconds{300});
  for (int second = 0; second < 30; ++second) {
    judge.observe_metric(0, kStart + seconds{second}, {.counts = {10, 5}}, {.counts = {90, 0}});
  }
  EXPECT_EQ(judge.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ(judge.decision().reason, "sequential lost");
}

/// Whole seconds of the metric in which GREEN is as good as BLUE.
void feed_metric(TrafficJudge& judge, int from, int to) {
  for (int second = from; second < to; ++second) {
    const ColourCounts green{10, second % 20 == 0 ? 1 : 0};
    judge.observe_metric(0, kStart + seconds{second}, {.counts = green}, {.counts = {90, second % 2}});
  }
}

TEST(TrafficJudge, AMetricOfSecondsShowsEnoughOfAStepBeforeItsFirstMinuteIsKnown) {
  TrafficJudge judge = TrafficJudge::create(by_the_minute()).value();
  judge.weight_changes(kStart, percent(10), seconds{120});
  feed_metric(judge, 0, 119);
  EXPECT_EQ(judge.decision().kind, DecisionKind::None);
  feed_metric(judge, 119, 150);
  EXPECT_EQ(judge.decision().kind, DecisionKind::Promote);
  EXPECT_EQ(judge.decision().message,
            "the step at 10% has baked 2m 30s; the metric 'lost' counts 8 of GREEN's 1500 requests");
  // The slots that come later find the step judged.
  for (int i = 0; i < 600; ++i) judge.observe({.start = kStart + kSlotLength * i}, {.start = kStart + kSlotLength * i});
  EXPECT_EQ(judge.decision().kind, DecisionKind::Promote);
}

TEST(TrafficJudge, WhatAStepHasShownSaysNothingOfTheNextOne) {
  TrafficJudge judge = TrafficJudge::create(by_the_minute()).value();
  judge.weight_changes(kStart, percent(10), seconds{60});
  feed_metric(judge, 0, 100);
  EXPECT_EQ(judge.decision_of_newest_step().kind, DecisionKind::Promote);
  judge.weight_changes(kStart + seconds{100}, percent(50), seconds{0});
  EXPECT_EQ(judge.decision().kind, DecisionKind::Promote) << "the slots have not come to it";
  EXPECT_EQ(judge.decision_of_newest_step().kind, DecisionKind::None);
  feed_metric(judge, 100, 104);
  EXPECT_EQ(judge.decision_of_newest_step().kind, DecisionKind::None) << "40 requests";
  feed_metric(judge, 104, 200);
  EXPECT_EQ(judge.decision_of_newest_step().kind, DecisionKind::Promote) << "by requests of its own";
  EXPECT_EQ(judge.decision().message.substr(0, 33), "the step at 50% has baked 1m 40s;");
}

TEST(TrafficJudge, AMetricThatLagsShowsNothingOfAStepThatItHasNotComeTo) {
  JudgeSettings settings = by_the_minute();
  settings.analysis->sequential.slot_length = kSlotLength;
  settings.analysis->enough.requests = 1000;
  TrafficJudge judge = TrafficJudge::create(settings).value();
  judge.weight_changes(kStart, percent(10), seconds{600});
  feed_metric(judge, 0, 200);
  judge.weight_changes(kStart + seconds{201}, percent(50), seconds{1});
  const auto watch = [&](int from, int to) {
    for (int i = from * 10; i < to * 10; ++i) {
      const Slot slot{.start = kStart + kSlotLength * i, .requests = 1};
      judge.observe(slot, slot);
    }
  };
  watch(0, 210);
  EXPECT_EQ(judge.decision().kind, DecisionKind::None) << judge.decision().message;
  feed_metric(judge, 200, 201);
  watch(210, 220);
  EXPECT_EQ(judge.decision().kind, DecisionKind::None) << judge.decision().message;
}

TEST(TrafficJudge, AMetricThatOnlyHoldsDoesNotShowEnough) {
  JudgeSettings settings = by_the_minute();
  settings.analysis->sequential.more[0].then = Action::Hold;
  TrafficJudge judge = TrafficJudge::create(settings).value();
  judge.weight_changes(kStart, percent(10), seconds{60});
  feed_metric(judge, 0, 200);
  EXPECT_EQ(judge.decision().kind, DecisionKind::None);
}

TEST(TrafficJudge, AMetricThatIsSeenLateIsJudgedUnderTheWeightOfItsTime) {
  TrafficJudge judge = TrafficJudge::create(by_the_minute()).value();
  judge.weight_changes(kStart, percent(10), seconds{300});
  judge.weight_changes(kStart + seconds{20}, percent(0));
  // The slots know of both changes already.
  for (int i = 0; i < 1200; ++i) {
    const Slot slot{.start = kStart + kSlotLength * i};
    EXPECT_EQ(judge.observe(slot, slot), Observed::Counted);
  }
  for (int second = 0; second < 20; ++second) {
    judge.observe_metric(0, kStart + seconds{second}, {.counts = {100, 90}}, {.counts = {900, 0}});
  }
  EXPECT_EQ(judge.decision().kind, DecisionKind::Rollback);
}

TEST(TrafficJudge, GoesOnWithChangesThatWereStillToCome) {
  const JudgeSettings settings = by_the_minute();
  TrafficJudge whole = TrafficJudge::create(settings).value();
  whole.weight_changes(kStart, percent(10), seconds{300});
  TrafficJudge resumed = TrafficJudge::resume(settings, whole.progress()).value();
  for (TrafficJudge* judge : {&whole, &resumed}) {
    for (int second = 0; second < 30; ++second) {
      judge->observe_metric(0, kStart + seconds{second}, {.counts = {10, 5}}, {.counts = {90, 0}});
    }
    EXPECT_EQ(judge->decision().kind, DecisionKind::Rollback);
  }
  EXPECT_EQ(whole.progress().test, resumed.progress().test);
}

TEST(TrafficJudge, ALogThatWasNotWatchedInPartOfAnObservationIsNotComparedInIt) {
  JudgeSettings settings = both();
  settings.alarms.clear();
  settings.analysis->sequential.slot_length = seconds{10};
  for (const bool watched : {true, false}) {
    TrafficJudge judge = TrafficJudge::create(settings).value();
    judge.weight_changes(kStart, percent(10));
    for (int i = 0; i < 1200; ++i) {
      const TimePoint start = kStart + kSlotLength * i;
      Slot green{.start = start, .requests = 10, .requests_with_log_errors = 5, .log_watched = true};
      // Nobody read BLUE's log in most of the time, so the few errors that are known of say nothing.
      Slot blue{.start = start, .requests = 90, .log_watched = watched || i % 100 < 10};
      EXPECT_EQ(judge.observe(green, blue), Observed::Counted);
    }
    EXPECT_EQ(judge.decision().kind, watched ? DecisionKind::Hold : DecisionKind::None) << judge.decision().message;
  }
}

TEST(TrafficJudge, AGatedAlarmHoldsWhileBlueExplainsIt) {
  JudgeSettings settings{.alarms = {kErrors}};
  settings.alarms[0].gate_on_blue = Action::Hold;
  Rollout rollout(settings);
  rollout.run_on(seconds{20}, {.green_share = 0});
  rollout.weight(10);
  rollout.run(seconds{60}, {.green_errors = 0.5, .blue_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Hold);
  EXPECT_EQ(rollout.decision().reason, "alarm http_5xx");
  rollout.run(seconds{60}, {.green_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
}

TEST(TrafficJudge, ComparesWithBluesLastTrafficHoweverLongAgo) {
  JudgeSettings settings{.alarms = {kErrors}};
  settings.alarms[0].threshold = Threshold::TimesBlue;
  settings.alarms[0].above = 5;
  Rollout rollout(settings);
  rollout.run_on(seconds{20}, {.green_share = 0, .blue_errors = 0.02});
  rollout.weight(100);
  rollout.run(seconds{120}, {.green_share = 1, .green_errors = 0.02});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None) << rollout.decision().message;
  rollout.run(seconds{60}, {.green_share = 1, .green_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_NE(rollout.decision().message.find("BLUE, while it had traffic,"), std::string::npos);
}

TEST(TrafficJudge, ComparesWithWhatBlueWasBeforeGreenHadTraffic) {
  JudgeSettings settings{.alarms = {kErrors}};
  settings.alarms[0].threshold = Threshold::TimesBefore;
  settings.alarms[0].above = 5;
  Rollout rollout(settings);
  rollout.run_on(seconds{20}, {.green_share = 0, .blue_errors = 0.02});
  rollout.weight(10);
  rollout.run(seconds{60}, {.green_share = 0.1, .green_errors = 0.04, .blue_errors = 0});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::None) << rollout.decision().message;
  rollout.run(seconds{60}, {.green_share = 0.1, .green_errors = 0.5, .blue_errors = 0.5});
  EXPECT_EQ(rollout.decision().kind, DecisionKind::Rollback);
  EXPECT_NE(rollout.decision().message.find("; before the start 1.9% (28 of 1487); BLUE "), std::string::npos)
      << rollout.decision().message;
}

}  // namespace
}  // namespace sluice::analysis
