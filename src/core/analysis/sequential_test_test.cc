#include "core/analysis/sequential_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

/// A canary request by request, from one seed.
class Canary {
 public:
  explicit Canary(std::uint64_t seed, SequentialSettings settings = {})
      : random_(seed), test_(SequentialTest::create(std::move(settings)).value()) {}

  struct Rates {
    double requests_a_second = 100;
    double green_share = 0.1;
    double green_errors = 0.0005;
    double blue_errors = 0.0005;
    double green_slower = 1;  ///< Times.
  };

  Slot answers(double mean, double errors, double slower) {
    Slot slot{.start = now_};
    slot.requests = std::poisson_distribution<int>(mean)(random_);
    slot.server_errors = std::binomial_distribution<int>(static_cast<int>(slot.requests), errors)(random_);
    std::lognormal_distribution<double> latency(5.8, 0.8);
    for (int i = 0; i < slot.requests; ++i) slot.latency.add(slower * latency(random_));
    return slot;
  }

  /// Stops at a decision; the seconds that passed.
  double run(seconds length, const Rates& rates) {
    const TimePoint from = now_;
    while (now_ < from + length && test_.decision() == SequentialDecision::None) {
      const double mean = rates.requests_a_second / 10;
      const Slot green = answers(mean * rates.green_share, rates.green_errors, rates.green_slower);
      const Slot blue = answers(mean * (1 - rates.green_share), rates.blue_errors, 1);
      EXPECT_EQ(test_.observe(green, blue), Observed::Counted);
      now_ += kSlotLength;
    }
    return std::chrono::duration<double>(now_ - from).count();
  }

  void weight(int percent) { test_.weight_changed(Weight::from_basis_points(percent * 100).value()); }
  SequentialTest& test() { return test_; }

 private:
  std::mt19937_64 random_;
  TimePoint now_ = kStart;
  SequentialTest test_;
};

TEST(SequentialTest, LeavesAGreenAloneThatIsLikeBlue) {
  Canary canary(1);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{240}, {});
  canary.weight(50);
  canary.run(seconds{240}, {.green_share = 0.5});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::None);
  EXPECT_LT(canary.test().assess().log_evidence, 2);
}

TEST(SequentialTest, RollsBackAGreenThatFailsMore) {
  Canary canary(2);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{20}, {});
  const double took = canary.run(seconds{240}, {.green_errors = 0.2});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::Rollback);
  EXPECT_LT(took, 20);
  const Assessment assessment = canary.test().assess();
  EXPECT_GE(assessment.log_evidence, assessment.log_threshold);
  ASSERT_FALSE(assessment.metrics.empty());
  EXPECT_EQ(assessment.metrics[0].name, "errors");
  EXPECT_GT(assessment.metrics[0].window.green.rate(), 0.1);
  EXPECT_GT(assessment.at_most_worse.value(), 0.0);
}

TEST(SequentialTest, RollsBackAGreenThatIsSlower) {
  Canary canary(3);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{240}, {.green_slower = 4});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::Rollback);
}

/// Requests at an even pace, each twentieth of them slow: what thresholds that follow each slow answer take for a
/// difference, as one colour's slow answers come just where the other's threshold is low.
class EvenColour {
 public:
  explicit EvenColour(int phase) : answers_(phase) {}

  Slot answers(TimePoint at, double requests) {
    Slot slot{.start = at};
    for (due_ += requests; due_ >= 1; due_ -= 1) {
      ++slot.requests;
      slot.latency.add(++answers_ % 20 == 0 ? 60 : 20);
    }
    return slot;
  }

 private:
  double due_ = 0;
  int answers_;
};

TEST(SequentialTest, LeavesAGreenAloneWhoseAnswersAreSlowByTurnsAsBlues) {
  constexpr double kRequests = 2;  // A slot.
  for (int phase = 0; phase < 20; ++phase) {
    SequentialTest test = SequentialTest::create({}).value();
    EvenColour green(phase);
    EvenColour blue(0);
    TimePoint now = kStart + kSlotLength;
    const auto run = [&](int percent) {
      test.weight_changed(Weight::from_basis_points(percent * 100).value());
      for (const TimePoint end = now + seconds{180}; now < end; now += kSlotLength) {
        const double share = percent / 100.0;
        test.observe(green.answers(now, kRequests * share), blue.answers(now, kRequests * (1 - share)));
      }
    };
    for (const int percent : {0, 10, 50}) run(percent);
    EXPECT_EQ(test.decision(), SequentialDecision::None) << "GREEN is " << phase << " answers ahead";
  }
}

TEST(SequentialTest, HoldsAGreenThatLogsMoreErrors) {
  SequentialTest test = SequentialTest::create({}).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 300 && test.decision() == SequentialDecision::None; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 10, .requests_with_log_errors = 1, .log_watched = true},
                 {.start = start, .requests = 90, .requests_with_log_errors = i % 10 == 0, .log_watched = true});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::Hold);
}

TEST(SequentialTest, CountsLogLinesWhereTheyNameNoRequest) {
  SequentialSettings settings;
  settings.error_log.kind = SequentialKind::Count;
  settings.error_log_by_lines = true;
  SequentialTest test = SequentialTest::create(settings).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 300 && test.decision() == SequentialDecision::None; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    // More lines than requests.
    test.observe({.start = start, .requests = 10, .log_error_lines = 30, .log_watched = true},
                 {.start = start, .requests = 90, .log_error_lines = 1, .log_watched = true});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::Hold);
}

TEST(SequentialTest, LeavesGreenAloneInAnOutageOfBothColours) {
  Canary canary(5);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{60}, {});
  canary.run(seconds{60}, {.green_errors = 0.3, .blue_errors = 0.3});
  canary.run(seconds{60}, {});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::None);
}

TEST(SequentialTest, NeedsMoreThanOneSecondOfEvidence) {
  SequentialTest test = SequentialTest::create({}).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 10; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 1000, .server_errors = 1000}, {.start = start, .requests = 9000});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::None);
  EXPECT_LE(test.assess().log_evidence, SequentialSettings{}.cap);
}

/// With a mean of `errors` in a thousand; every slot the same.
SequentialTest at_full(SequentialTest test, std::int64_t errors, int slots, int from) {
  for (int i = from; i < from + slots; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 100, .server_errors = errors}, {.start = start});
  }
  return test;
}

SequentialTest watched_blue() {
  SequentialTest test = SequentialTest::create({}).value();
  for (int i = 0; i < 600; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    if (i == 300) test.weight_changed(Weight::from_basis_points(1000).value());
    const std::int64_t green = i < 300 ? 0 : 10;
    test.observe({.start = start, .requests = green}, {.start = start, .requests = 90, .server_errors = i % 20 == 0});
  }
  test.weight_changed(Weight::full());
  return test;
}

TEST(SequentialTest, ComparesGreenWithBluesPastOnceItHasAllTheTraffic) {
  const SequentialTest before = watched_blue();
  const SequentialTest bad = at_full(before, 5, 100, 600);
  EXPECT_EQ(bad.decision(), SequentialDecision::Rollback);
  const Assessment assessment = bad.assess();
  const auto historical = std::ranges::find_if(assessment.metrics, &MetricEvidence::historical);
  ASSERT_NE(historical, assessment.metrics.end());
  EXPECT_EQ(historical->allowed, SequentialSettings{}.historical_floor);
  EXPECT_EQ(at_full(before, 0, 1000, 600).decision(), SequentialDecision::None);
  EXPECT_EQ(at_full(before, 1, 1000, 600).decision(), SequentialDecision::None);
}

TEST(SequentialTest, MakesNoHistoricalComparisonWhereNoneIsWanted) {
  SequentialSettings settings;
  settings.historical_floor = 0;
  SequentialTest test = SequentialTest::create(settings).value();
  test.weight_changed(Weight::full());
  EXPECT_EQ(at_full(test, 100, 100, 0).decision(), SequentialDecision::None);
}

TEST(SequentialTest, JudgesMinutesAsBlocksOfTheirOwn) {
  SequentialSettings settings;
  settings.slot_length = seconds{60};
  SequentialTest test = SequentialTest::create(settings).value();
  const auto minute = [&](int i, std::int64_t errors) {
    const TimePoint start = kStart - seconds{20} + i * seconds{60};
    return test.observe({.start = start, .requests = 600, .server_errors = errors},
                        {.start = start, .requests = 5400, .server_errors = 3});
  };
  EXPECT_EQ(minute(0, 0), Observed::Counted);
  test.weight_changed(Weight::from_basis_points(1000).value());
  // One minute, however bad, adds no more than the cap.
  EXPECT_EQ(minute(1, 600), Observed::Counted);
  EXPECT_LE(test.assess().log_evidence, settings.cap);
  for (int i = 2; i < 5; ++i) minute(i, 600);
  EXPECT_EQ(test.decision(), SequentialDecision::Rollback);
  EXPECT_EQ(test.observe({.start = kStart}, {.start = kStart}), Observed::Impossible);
}

/// The figures of the sentence are those since the fault began, not those since the canary did.
TEST(SequentialTest, ShowsBothColoursSinceTheEvidenceBeganToRise) {
  SequentialTest test = SequentialTest::create({}).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 600 + 15; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 10, .server_errors = i < 600 ? 0 : 5}, {.start = start, .requests = 90});
  }
  const MetricEvidence errors = test.assess().metrics.front();
  EXPECT_EQ(errors.window, (BlockCounts{.green = {150, 75}, .blue = {1350, 0}}));
  EXPECT_EQ(errors.window_length, seconds{1});
}

TEST(SequentialTest, LetsAMetricOfTheUsersJoin) {
  SequentialSettings settings;
  settings.more = {{.name = "payments refused", .ratio = 2, .share = 1, .then = Action::Rollback, .every = seconds{10}},
                   {.name = "queue time",
                    .kind = SequentialKind::Latency,
                    .ratio = 1,
                    .slack = 0.01,
                    .then = Action::Hold,
                    .levels = {0.5, 0.9}}};
  SequentialTest test = SequentialTest::create(settings).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 30; ++i) {
    test.observe_metric(0, kStart + i * seconds{10}, {.counts = {100, 40}}, {.counts = {900, 9}});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::Rollback);
  const Assessment assessment = test.assess();
  EXPECT_EQ(assessment.metrics.size(), 5U);
  EXPECT_EQ(assessment.metrics[3].name, "payments refused");
  // It shares alpha with errors and latencies: it alone needs three times the evidence.
  EXPECT_NEAR(assessment.metrics[3].log_needed, std::log(300), 1e-9);

  SequentialTest slow = SequentialTest::create(settings).value();
  LatencyHistogram fast_ones, slow_ones;
  fast_ones.add_to_bucket(200, 50);
  slow_ones.add_to_bucket(220, 50);
  for (int i = 0; i < 600 && slow.decision() == SequentialDecision::None; ++i) {
    if (i == 300) slow.weight_changed(Weight::from_basis_points(5000).value());
    const TimePoint start = kStart + i * kSlotLength;
    slow.observe_metric(1, start, {.latency = i < 300 ? &fast_ones : &slow_ones}, {.latency = &fast_ones});
  }
  EXPECT_EQ(slow.decision(), SequentialDecision::Hold);
}

// ---- Bad input ----

/// BLUE alone for two seconds, then GREEN with a tenth, up to slot 40.
SequentialTest running() {
  SequentialTest test = SequentialTest::create({}).value();
  for (int i = 0; i < 40; ++i) {
    if (i == 20) test.weight_changed(Weight::from_basis_points(1000).value());
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = i < 20 ? 0 : 3}, {.start = start, .requests = 27, .server_errors = 1});
  }
  return test;
}

TEST(SequentialTestInput, CountsNoSlotTwiceAndNoneThatComesLate) {
  SequentialTest test = running();
  const std::string before = test.serialize();
  for (const int i : {0, 20, 39}) {
    const TimePoint start = kStart + i * kSlotLength;
    EXPECT_EQ(test.observe({.start = start, .requests = 9, .server_errors = 9}, {.start = start, .requests = 9}),
              Observed::OutOfOrder);
  }
  EXPECT_EQ(test.serialize(), before);
}

TEST(SequentialTestInput, RefusesWhatCannotBe) {
  SequentialTest test = running();
  const std::string before = test.serialize();
  const TimePoint next = kStart + 40 * kSlotLength;
  const Slot good{.start = next, .requests = 5};
  // A counter that was reset shows a negative difference.
  EXPECT_EQ(test.observe({.start = next, .requests = -5}, good), Observed::Impossible);
  EXPECT_EQ(test.observe(good, {.start = next, .requests = 5, .server_errors = -1}), Observed::Impossible);
  EXPECT_EQ(test.observe(good, {.start = next, .requests = kMostCount + 1}), Observed::Impossible);
  EXPECT_EQ(test.observe(good, {.start = next + kSlotLength, .requests = 5}), Observed::Impossible);
  const TimePoint off_the_grid = next + Milliseconds{50};
  EXPECT_EQ(test.observe({.start = off_the_grid}, {.start = off_the_grid}), Observed::Impossible);
  EXPECT_EQ(test.serialize(), before);
  EXPECT_EQ(test.observe(good, good), Observed::Counted);
}

TEST(SequentialTestInput, CountsAFailedAttemptThatWasAnsweredElsewhereAsARequest) {
  SequentialTest test = running();
  const TimePoint next = kStart + 40 * kSlotLength;
  EXPECT_EQ(test.observe({.start = next, .requests = 2, .server_errors = 3}, {.start = next, .requests = 27}),
            Observed::Counted);
  EXPECT_EQ(test.assess().step.green, (ColourCounts{20 * 3 + 3, 3}));
}

TEST(SequentialTestInput, ComparesNoLogsOfWhichOneWasNotWatched) {
  SequentialTest test = SequentialTest::create({}).value();
  test.weight_changed(Weight::from_basis_points(1000).value());
  for (int i = 0; i < 300; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 10, .requests_with_log_errors = 10, .log_watched = true},
                 {.start = start, .requests = 90, .log_watched = false});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::None);
}

TEST(SequentialTestInput, GoesOnAfterAGap) {
  SequentialTest test = running();
  const double before = test.assess().log_evidence;
  const TimePoint later = kStart + seconds{600};
  EXPECT_EQ(test.observe({.start = later}, {.start = later}), Observed::Counted);
  // Time brought nothing but new starts, which move nothing by themselves.
  EXPECT_NEAR(test.assess().log_evidence, before, 1e-9);
  for (int i = 1; i < 100 && test.decision() == SequentialDecision::None; ++i) {
    const TimePoint start = later + i * kSlotLength;
    test.observe({.start = start, .requests = 10, .server_errors = 10}, {.start = start, .requests = 90});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::Rollback);
}

TEST(SequentialTestInput, SaysNothingWhileAColourHasNoTraffic) {
  for (const bool blue_is_silent : {false, true}) {
    SequentialTest test = running();
    const double before = test.assess().log_evidence;
    for (int i = 40; i < 640; ++i) {
      const TimePoint start = kStart + i * kSlotLength;
      const Slot busy{.start = start, .requests = 30, .server_errors = 30};
      const Slot silent{.start = start};
      blue_is_silent ? test.observe(busy, silent) : test.observe(silent, busy);
    }
    EXPECT_EQ(test.decision(), SequentialDecision::None);
    EXPECT_LE(test.assess().log_evidence, before + 1e-9);
  }
}

TEST(SequentialTestInput, ForgetsAnOldBlockRatherThanMixItWithNewRequests) {
  SequentialTest test = running();
  // One request of GREEN, then nothing for a minute: no block of a minute comes of it.
  const TimePoint lone = kStart + 40 * kSlotLength;
  test.observe({.start = lone, .requests = 1, .server_errors = 1}, {.start = lone});
  const double before = test.assess().log_evidence;
  const TimePoint later = lone + seconds{60};
  test.observe({.start = later}, {.start = later, .requests = 1});
  EXPECT_NEAR(test.assess().log_evidence, before, 1e-9);
}

TEST(SequentialTestInput, FollowsAClockThatSteppedBackOnceToldSo) {
  SequentialTest test = running();
  const TimePoint back = kStart - seconds{3600};
  EXPECT_EQ(test.observe({.start = back}, {.start = back}), Observed::OutOfOrder);
  test.clock_stepped(back + Milliseconds{30});
  EXPECT_EQ(test.observe({.start = back}, {.start = back}), Observed::OutOfOrder);
  const TimePoint next = back + kSlotLength;
  EXPECT_EQ(test.observe({.start = next, .requests = 4}, {.start = next, .requests = 30}), Observed::Counted);
  EXPECT_EQ(test.assess().step.green.requests, 20 * 3 + 4);
}

TEST(SequentialTestInput, CountsNoLatencyThatIsNone) {
  LatencyHistogram latencies;
  EXPECT_FALSE(latencies.add(std::nan("")));
  SequentialTest test = running();
  const TimePoint next = kStart + 40 * kSlotLength;
  EXPECT_EQ(test.observe({.start = next, .requests = 3, .latency = latencies}, {.start = next, .requests = 27}),
            Observed::Counted);
}

TEST(SequentialTestInput, TakesTheSameWeightAgainForNoChange) {
  SequentialTest test = running();
  const std::string before = test.serialize();
  test.weight_changed(Weight::from_basis_points(1000).value());
  EXPECT_EQ(test.serialize(), before);
}

TEST(SequentialTestInput, ComparesNoMoreAtAWeightOfZero) {
  SequentialTest test = running();
  test.weight_changed(Weight::none());
  for (int i = 40; i < 200; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    test.observe({.start = start, .requests = 10, .server_errors = 10}, {.start = start, .requests = 90});
  }
  EXPECT_EQ(test.decision(), SequentialDecision::None);
}

// ---- Kept state ----

TEST(SequentialState, RefusesWhatIsDamaged) {
  const std::string kept = running().serialize();
  ASSERT_TRUE(SequentialTest::parse({}, kept));
  EXPECT_FALSE(SequentialTest::parse({}, ""));
  for (std::size_t i = 0; i < kept.size(); i += 7) {
    EXPECT_FALSE(SequentialTest::parse({}, kept.substr(0, i))) << i;
    std::string flipped = kept;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    EXPECT_FALSE(SequentialTest::parse({}, flipped)) << i;
  }
  EXPECT_FALSE(SequentialTest::parse({}, kept + "x"));
}

TEST(SequentialState, RefusesWhatWasWrittenUnderOtherSettings) {
  SequentialSettings other;
  other.errors.ratio = 2;
  const auto parsed = SequentialTest::parse(other, running().serialize());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message,
            "the kept state of the sequential test cannot be used: it was written under other settings; the test "
            "begins anew without it");
}

TEST(SequentialSettings, NamesWhatIsOutOfItsRange) {
  SequentialSettings settings;
  settings.alpha = 0;
  EXPECT_EQ(SequentialTest::create(settings).error().message,
            "the analysis' alpha is 0; it must lie between 1e-09 and 0.5");
  settings = {};
  settings.slot_length = Milliseconds{1500};
  EXPECT_FALSE(SequentialTest::create(settings));
  settings = {};
  settings.latency.levels = {0.9, 0.5};
  EXPECT_FALSE(SequentialTest::create(settings));
  settings = {};
  settings.cap = std::nan("");
  EXPECT_FALSE(SequentialTest::create(settings));
  settings = {};
  settings.more = {{.name = "errors"}};
  EXPECT_EQ(SequentialTest::create(settings).error().message, "two metrics of the analysis are named errors");
}

}  // namespace
}  // namespace sluice::analysis
