#include "application/traffic_watch.h"

#include <gtest/gtest.h>

#include <random>

#include "application/alarm_watch.h"
#include "application/given_measurements.h"

namespace sluice::application {
namespace {

using analysis::DecisionKind;
using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};
const Weight kTenth = Weight::from_basis_points(1000).value();

/// A deployment whose telemetry the test writes, and what watches it, looked at five times a second.
class TrafficWatchTest : public testing::Test {
 protected:
  TrafficWatchTest() {
    plan_.green.id = "r2";
    plan_.blue = rollout::Revision{};
    plan_.blue->id = "r1";
    plan_.green_slot = rollout::Slot::B;
    plan_.analysis = analysis::AnalysisSettings{};
  }

  struct Traffic {
    double green = 10;  ///< Requests a second.
    double green_errors = 0;
    double blue = 90;
    double blue_errors = 0;
    bool watched = true;
  };
  void measure(const Traffic& traffic) {
    const auto slot = [&](double rate, double errors) {
      analysis::Slot made{.start = now_};
      made.requests = rate > 0 ? std::poisson_distribution<int>(rate / 10)(random_) : 0;
      made.server_errors = std::binomial_distribution<int>(static_cast<int>(made.requests), errors)(random_);
      for (std::int64_t i = 0; i < made.requests; ++i) made.latency.add(20);
      return made;
    };
    if (traffic.watched) {
      telemetry_.sides[0].slots.push_back(slot(traffic.blue, traffic.blue_errors));
      telemetry_.sides[1].slots.push_back(slot(traffic.green, traffic.green_errors));
    }
    now_ += analysis::kSlotLength;
  }
  /// Time passes; whoever watches looks every 200 ms.
  void pass(Milliseconds span, const Traffic& traffic, TrafficWatch* watch) {
    for (const TimePoint until = now_ + span; now_ < until;) {
      measure(traffic);
      if (watch != nullptr && now_.time_since_epoch() % Milliseconds{200} == Milliseconds{0}) look(*watch);
    }
  }
  void look(TrafficWatch& watch) const { watch.look(sources(), plan_, now_ + kSettle); }
  MeasurementSources sources() const { return {telemetry_, log_}; }
  TrafficWatch started() const { return TrafficWatch::create(plan_, std::nullopt, now_ + kSettle).value(); }

  std::mt19937_64 random_{7};
  TimePoint now_ = kStart;
  rollout::Plan plan_;
  GivenTelemetry telemetry_;
  GivenLog log_;
};

constexpr seconds kLongBake{600};

TEST_F(TrafficWatchTest, ThereIsNoneWhereNothingCanBeCompared) {
  EXPECT_TRUE(TrafficWatch::create(plan_, std::nullopt, kStart).has_value());
  rollout::Plan first = plan_;
  first.blue.reset();
  EXPECT_FALSE(TrafficWatch::create(first, std::nullopt, kStart).has_value());
  rollout::Plan off = plan_;
  off.analysis.reset();
  EXPECT_FALSE(TrafficWatch::create(off, std::nullopt, kStart).has_value());
}

TEST_F(TrafficWatchTest, TakesAWorseGreenBackWithinSeconds) {
  pass(seconds{60}, {.green = 0}, nullptr);
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  const TimePoint began = now_;
  while (!watch.is_decided() && now_ < began + seconds{60}) pass(seconds{1}, {.green_errors = 0.3}, &watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Rollback);
  EXPECT_EQ(watch.decision().reason, "sequential errors");
  EXPECT_TRUE(TrafficWatch::is_verdict(watch.decision()));
}

TEST_F(TrafficWatchTest, LearnsFromBlueBeforeItsOwnBeginning) {
  // A BLUE that fails as much as GREEN; without its past, the first GREEN responses would have to be judged by a guess.
  pass(TrafficWatch::kWarmUp, {.green = 0, .blue_errors = 0.3}, nullptr);
  TrafficWatch watch = started();
  look(watch);
  const auto learnt = watch.progress();
  telemetry_.sides[0].slots.clear();
  TrafficWatch blank = started();
  look(blank);
  EXPECT_NE(learnt, blank.progress());
  pass(seconds{1}, {.green = 0, .blue_errors = 0.3}, &watch);
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{120}, {.green_errors = 0.3, .blue_errors = 0.3}, &watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::None) << watch.decision().message;
}

TEST_F(TrafficWatchTest, WhatGreensRouterSlotAnsweredBeforeItHadTrafficIsNotGreens) {
  TrafficWatch watch = started();
  pass(seconds{30}, {.green_errors = 1}, &watch);
  EXPECT_EQ(watch.assess()->step.green.requests, 0);
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{30}, {}, &watch);
  EXPECT_GT(watch.assess()->step.green.requests, 200);
  EXPECT_EQ(watch.assess()->step.green.events, 0);
  EXPECT_EQ(watch.decision().kind, DecisionKind::None) << watch.decision().message;
}

TEST_F(TrafficWatchTest, TakesEachSlotOnceHoweverOftenItLooks) {
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{10}, {.green_errors = 0.02}, &watch);
  const std::string before = watch.progress();
  for (int i = 0; i < 5; ++i) look(watch);
  EXPECT_EQ(watch.progress(), before);

  TrafficWatch rarely = TrafficWatch::create(plan_, std::nullopt, kStart + kSettle).value();
  rarely.weight_changed(kStart, kTenth, kLongBake);
  look(rarely);
  EXPECT_EQ(rarely.progress(), before) << "one look at the end sees what fifty saw";
}

TEST_F(TrafficWatchTest, ASpanThatNobodyWatchedIsAGap) {
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{10}, {}, &watch);
  const auto before = watch.assess()->step.green.requests;
  pass(seconds{10}, {.watched = false}, &watch);
  EXPECT_EQ(watch.assess()->step.green.requests, before);
  pass(seconds{10}, {.green_errors = 1}, &watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Rollback);
}

TEST_F(TrafficWatchTest, ATelemetryThatFailsForAWhileLosesNothing) {
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{10}, {}, &watch);
  telemetry_.failure = Error{ErrorKind::Unavailable, "the router does not answer"};
  const std::string before = watch.progress();
  pass(seconds{10}, {.green_errors = 1}, &watch);
  EXPECT_EQ(watch.progress(), before);
  telemetry_.failure.reset();
  look(watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Rollback);
}

TEST_F(TrafficWatchTest, GoesOnAfterARestartAsIfNothingHadBeen) {
  pass(seconds{60}, {.green = 0}, nullptr);
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{20}, {.green_errors = 0.02}, &watch);
  TrafficWatch restarted = TrafficWatch::create(plan_, watch.progress(), now_ + kSettle).value();
  EXPECT_EQ(restarted.weight(), kTenth);
  EXPECT_EQ(restarted.progress(), watch.progress());
  for (int i = 0; i < 20; ++i) {
    pass(seconds{1}, {.green_errors = 0.02}, &watch);
    look(restarted);
  }
  EXPECT_EQ(restarted.progress(), watch.progress());
}

TEST_F(TrafficWatchTest, BeginsAnewWithWhatCannotBeUsed) {
  pass(seconds{60}, {.green = 0}, nullptr);
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{20}, {}, &watch);
  rollout::Plan other = plan_;
  other.analysis->sequential.alpha = 0.02;
  for (const auto& [plan, kept] : {std::pair{plan_, std::string("damaged")}, {plan_, ""}, {other, watch.progress()}}) {
    auto fresh = TrafficWatch::create(plan, kept, now_ + kSettle);
    ASSERT_TRUE(fresh.has_value());
    EXPECT_EQ(fresh->weight(), Weight::none());
    EXPECT_EQ(fresh->decision().kind, DecisionKind::None);
    fresh->look(sources(), plan, now_ + kSettle);
    EXPECT_EQ(fresh->assess()->step.green.requests, 0);
  }
}

TEST_F(TrafficWatchTest, GoesOnAfterTheClockHasSteppedBack) {
  pass(seconds{60}, {.green = 0}, nullptr);
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, kLongBake);
  pass(seconds{20}, {}, &watch);
  now_ -= std::chrono::hours{2};
  telemetry_.sides = {};
  pass(seconds{1}, {}, &watch);
  const auto before = watch.assess()->step.green.requests;
  pass(seconds{20}, {.green_errors = 0.5}, &watch);
  EXPECT_GT(watch.assess()->step.green.requests, before);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Rollback);
}

TEST_F(TrafficWatchTest, SaysWhenAStepHasShownEnough) {
  pass(seconds{60}, {.green = 0}, nullptr);
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, seconds{60});
  pass(seconds{59}, {}, &watch);
  EXPECT_FALSE(watch.is_decided());
  pass(seconds{2}, {}, &watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Promote);
  EXPECT_FALSE(TrafficWatch::is_verdict(watch.decision())) << "it is about how much was seen";
}

TEST_F(TrafficWatchTest, AGreenOfWhichNothingIsMeasuredHasNoTraffic) {
  TrafficWatch watch = started();
  watch.weight_changed(now_, kTenth, seconds{10});
  for (int i = 0; i < 200; ++i) measure({.green = 0});
  telemetry_.sides[1].slots.clear();
  look(watch);
  EXPECT_EQ(watch.assess()->step.green.requests, 0);
  EXPECT_FALSE(watch.is_decided()) << "never a silent pass";
}

/// Telemetry that has figures by the minute, two minutes late.
class TrafficWatchByTheMinute : public TrafficWatchTest {
 protected:
  TrafficWatchByTheMinute() {
    plan_.green.target = rollout::EcsTarget{.service = "web"};
    plan_.analysis->sequential.slot_length = kMinute;
    plan_.analysis->sequential.error_log.share = 0;
  }

  struct MinuteOf {
    std::int64_t requests = 0;
    std::int64_t errors = 0;
    double slowest = 20;  ///< All took so long; the source knows it from `fastest` on.
    double fastest = 20;
  };
  /// Whoever watches looks every ten seconds, and sees what ended two minutes before.
  void pass_minute(const MinuteOf& green, const MinuteOf& blue, TrafficWatch& watch) {
    for (const auto& [side, minute] : {std::pair{0, blue}, {1, green}}) {
      ports::Measurements& measured = telemetry_.sides[side];
      for (TimePoint at = now_; at < now_ + kMinute; at += analysis::kSlotLength) {
        measured.slots.push_back(analysis::Slot{.start = at});
      }
      analysis::Slot& first = measured.slots[measured.slots.size() - 600];
      first.requests = minute.requests;
      first.server_errors = minute.errors;
      const auto count = static_cast<std::uint32_t>(minute.requests);
      first.latency.add_to_bucket(analysis::latency_bucket(minute.slowest), count);
      measured.fastest[now_].add_to_bucket(analysis::latency_bucket(minute.fastest), count);
    }
    now_ += kMinute;
    for (const TimePoint until = now_; now_ - until < kMinute; now_ += seconds{10}) watch.look(sources(), plan_, now_);
    now_ = now_ - kMinute;
  }
  TrafficWatch started_watch() {
    TrafficWatch watch = TrafficWatch::create(plan_, std::nullopt, now_).value();
    for (int i = 0; i < 10; ++i) pass_minute({}, {.requests = 6000, .errors = 6}, watch);
    watch.weight_changed(now_ + seconds{20}, kTenth, kLongBake);
    return watch;
  }

  static constexpr Milliseconds kMinute{60'000};
};

TEST_F(TrafficWatchByTheMinute, TakesAWorseGreenBackWithinMinutes) {
  TrafficWatch watch = started_watch();
  int minutes = 0;
  for (; !watch.is_decided() && minutes < 20; ++minutes) {
    pass_minute({.requests = 600, .errors = 60}, {.requests = 5400, .errors = 5}, watch);
  }
  EXPECT_EQ(watch.decision().reason, "sequential errors") << watch.decision().message;
  EXPECT_EQ(watch.decision().kind, DecisionKind::Rollback);
  EXPECT_GE(minutes, 5) << "two minutes late, the minute of the change left out, and a cap for each";
  EXPECT_LE(minutes, 9);
}

TEST_F(TrafficWatchByTheMinute, LeavesAGoodGreenAlone) {
  TrafficWatch watch = started_watch();
  for (int i = 0; i < 9; ++i) pass_minute({.requests = 600, .errors = 1}, {.requests = 5400, .errors = 6}, watch);
  EXPECT_FALSE(watch.is_decided());
  for (int i = 0; i < 5; ++i) pass_minute({.requests = 600, .errors = 0}, {.requests = 5400, .errors = 6}, watch);
  EXPECT_EQ(watch.decision().kind, DecisionKind::Promote) << watch.decision().message;
}

TEST_F(TrafficWatchByTheMinute, WhatTheSourceLeavesOpenOfLatenciesDoesNotSpeakAgainstGreen) {
  for (const double fastest : {20.0, 200.0}) {
    telemetry_.sides = {};
    TrafficWatch watch = started_watch();
    for (int i = 0; i < 9; ++i) {
      pass_minute({.requests = 600, .slowest = 200, .fastest = fastest}, {.requests = 5400}, watch);
    }
    EXPECT_EQ(watch.decision().kind, fastest > 20 ? DecisionKind::Rollback : DecisionKind::None)
        << watch.decision().message;
  }
}

}  // namespace
}  // namespace sluice::application
