#include "core/analysis/blue_gate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "core/analysis/alarm_evaluation.h"
#include "core/analysis/exact_chances.h"

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

const Alarm kErrors{.name = "http_5xx",
                    .above = 0.01,
                    .datapoints = 2,
                    .out_of = 3,
                    .every = seconds{60},
                    .gate_on_blue = Action::Hold};

TEST(BlueGate, EvidenceIsWhatSixtyDigitsGive) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/analysis/gates.txt");
  std::string line;
  std::getline(file, line);
  int lines = 0;
  for (; std::getline(file, line); ++lines) {
    std::istringstream fields(line);
    double tempering = 0, expected = 0;
    std::size_t count = 0;
    fields >> tempering >> expected >> count;
    std::vector<BlockCounts> parts(count);
    for (BlockCounts& part : parts) {
      fields >> part.green.requests >> part.green.events >> part.blue.requests >> part.blue.events;
    }
    ASSERT_TRUE(fields) << line;
    EXPECT_NEAR(log_evidence_against_blue(parts, tempering), expected, 1e-10 * (1 + std::abs(expected))) << line;
  }
  EXPECT_GE(lines, 20);
}

/// Every outcome of two parts whose rates differ: what "fewer than one of x spans" rests on.
RC_GTEST_PROP(BlueGate, ExpectsAtMostOneWhileGreenIsNoWorseThanTheGateAllows, ()) {
  struct Part {
    std::int64_t green, blue;
    double rate;
  };
  const auto part = [] {
    return Part{*rc::gen::inRange(1, 8), *rc::gen::inRange(1, 12), *rc::gen::element(0.0, 0.001, 0.05, 0.3, 0.6)};
  };
  const Part first = part();
  const Part second = part();
  const double worse = *rc::gen::element(0.0, 1.0, kGateRatio);
  const double tempering = *rc::gen::element(1.0, 2.5);
  const auto chance = [&](const Part& of, std::int64_t kg, std::int64_t kb) {
    return binomial(of.green, kg, of.rate * worse) * binomial(of.blue, kb, of.rate);
  };
  double expectation = 0;
  for (std::int64_t a = 0; a <= first.green; ++a) {
    for (std::int64_t b = 0; b <= first.blue; ++b) {
      for (std::int64_t c = 0; c <= second.green; ++c) {
        for (std::int64_t d = 0; d <= second.blue; ++d) {
          const std::array<BlockCounts, 2> parts{{{.green = {first.green, a}, .blue = {first.blue, b}},
                                                  {.green = {second.green, c}, .blue = {second.blue, d}}}};
          expectation +=
              chance(first, a, b) * chance(second, c, d) * std::exp(log_evidence_against_blue(parts, tempering));
        }
      }
    }
  }
  RC_ASSERT(expectation <= 1 + 1e-9);
}

/// Both colours minute by minute, the same in each tenth of a second.
class Minutes {
 public:
  struct Colour {
    std::int64_t requests = 0;  ///< Of a slot.
    int bad_every = 0;          ///< One request is bad in each so many slots; 0: none.
    std::int64_t bad_at_once = 1;
  };
  void add(Milliseconds length, const Colour& green, const Colour& blue) {
    for (const TimePoint until = now_ + length; now_ < until; now_ += kSlotLength) {
      const auto slot = [&](const Colour& colour) {
        const auto number = now_.time_since_epoch() / kSlotLength;
        const bool bad = colour.bad_every > 0 && number % colour.bad_every == 0;
        return Slot{.start = now_,
                    .requests = colour.requests,
                    .server_errors = bad ? std::min(colour.requests, colour.bad_at_once) : 0};
      };
      green_.push_back(slot(green));
      blue_.push_back(slot(blue));
    }
  }
  AlarmEvaluation judge(const Alarm& alarm, std::optional<TimePoint> blue_until = {}) const {
    return evaluate(alarm, green_, kStart, now_, Blue{.slots = blue_, .traffic_until = blue_until});
  }
  TimePoint now() const { return now_; }

 private:
  TimePoint now_ = kStart;
  std::vector<Slot> green_;
  std::vector<Slot> blue_;
};

TEST(BlueGate, BadLuckIsExplainedThoughBlueLiesBelowHalfOfTheThreshold) {
  // GREEN 1.2%, BLUE 0.4% of nine times as many requests.
  Minutes minutes;
  minutes.add(seconds{180}, {.requests = 1, .bad_every = 80}, {.requests = 9, .bad_every = 25});
  const auto evaluation = minutes.judge(kErrors);
  ASSERT_EQ(evaluation.verdict, Verdict::Breaching);
  EXPECT_TRUE(evaluation.blue_explains_it);
}

TEST(BlueGate, AGreenThatIsClearlyWorseIsNotExplainedHoweverBadBlueIs) {
  // 5% against 0.5%: BLUE lies at half of the threshold, and explains a tenth of it.
  Minutes minutes;
  minutes.add(seconds{120}, {.requests = 1, .bad_every = 20}, {.requests = 9, .bad_every = 22});
  const auto evaluation = minutes.judge(kErrors);
  ASSERT_EQ(evaluation.verdict, Verdict::Breaching);
  EXPECT_FALSE(evaluation.blue_explains_it);
}

TEST(BlueGate, AnOutageOfBothIsExplainedAlsoWhereTheShareChangedBeforeIt) {
  Minutes minutes;
  minutes.add(seconds{60}, {.requests = 1}, {.requests = 9});
  minutes.add(seconds{20}, {.requests = 5}, {.requests = 5});
  minutes.add(seconds{60}, {.requests = 5, .bad_every = 1}, {.requests = 5, .bad_every = 1});
  Alarm alarm = kErrors;
  alarm.datapoints = 1;
  const auto evaluation = minutes.judge(alarm);
  ASSERT_EQ(evaluation.verdict, Verdict::Breaching);
  EXPECT_TRUE(evaluation.blue_explains_it) << "all in all GREEN is 2.4 times as bad, since it got more of the outage";
}

TEST(BlueGate, OneBurstIsNotTheWholeOfTheEvidence) {
  Minutes minutes;
  minutes.add(seconds{55}, {.requests = 2}, {.requests = 18});
  minutes.add(Milliseconds{100}, {.requests = 2000, .bad_every = 1, .bad_at_once = 500}, {.requests = 18});
  minutes.add(Milliseconds{4900}, {.requests = 2}, {.requests = 18});
  Alarm alarm = kErrors;
  alarm.datapoints = alarm.out_of = 1;
  ASSERT_EQ(minutes.judge(alarm).verdict, Verdict::Breaching);
  EXPECT_TRUE(minutes.judge(alarm).blue_explains_it);
  minutes.add(seconds{20}, {.requests = 2, .bad_every = 2}, {.requests = 18});
  EXPECT_FALSE(minutes.judge(alarm).blue_explains_it) << "but it lasts";
}

TEST(BlueGate, ClustersOfBlueExplainMoreThanAsManyLoneErrors) {
  const Minutes::Colour green{.requests = 2, .bad_every = 19};
  Minutes lone;
  lone.add(seconds{120}, green, {.requests = 18, .bad_every = 10});
  EXPECT_FALSE(lone.judge(kErrors).blue_explains_it);
  Minutes clustered;
  clustered.add(seconds{120}, green, {.requests = 18, .bad_every = 180, .bad_at_once = 18});
  EXPECT_TRUE(clustered.judge(kErrors).blue_explains_it) << "as many, 18 at once";
}

TEST(BlueGate, SaysNothingAboutWhatCameSinceBlueHasNoTraffic) {
  Minutes minutes;
  minutes.add(seconds{180}, {.requests = 1}, {.requests = 9, .bad_every = 11});
  const TimePoint blue_until = minutes.now();
  Alarm alarm = kErrors;
  alarm.gate_on_blue = Action::Rollback;
  // GREEN has all traffic now, and fails: the gate costs no time.
  while (minutes.judge(alarm, blue_until).verdict != Verdict::Breaching) {
    minutes.add(seconds{1}, {.requests = 10, .bad_every = 1}, {});
    ASSERT_LT(minutes.now(), blue_until + seconds{120});
  }
  EXPECT_FALSE(minutes.judge(kErrors, blue_until).blue_explains_it);
}

TEST(BlueGate, TelemetryThatIsLostIsNothingThatBlueExplains) {
  Minutes minutes;
  minutes.add(seconds{60}, {.requests = 1}, {.requests = 9, .bad_every = 11});
  minutes.add(seconds{120}, {}, {.requests = 9, .bad_every = 11});
  Alarm alarm = kErrors;
  alarm.missing = Missing::Breaching;
  const auto evaluation = minutes.judge(alarm);
  ASSERT_EQ(evaluation.verdict, Verdict::Breaching);
  EXPECT_FALSE(evaluation.blue_explains_it);
}

TEST(BlueGate, ABlueWithTooFewRequestsExplainsNothing) {
  Minutes minutes;
  minutes.add(seconds{120}, {.requests = 1, .bad_every = 100}, {.requests = 1, .bad_every = 100});
  Alarm alarm = kErrors;
  alarm.above = 0.005;
  ASSERT_EQ(minutes.judge(alarm).verdict, Verdict::Breaching);
  EXPECT_TRUE(minutes.judge(alarm).blue_explains_it);
  Minutes without;
  without.add(seconds{120}, {.requests = 1, .bad_every = 100}, {});
  EXPECT_FALSE(without.judge(alarm).blue_explains_it);
}

TEST(BlueGate, ASlowGreenBesideASlowBlueIsExplained) {
  const Alarm alarm{
      .name = "p95", .metric = Metric::LatencyP95, .above = 500, .every = seconds{10}, .gate_on_blue = Action::Hold};
  const auto slots = [](double slow) {
    std::vector<Slot> made;
    for (int i = 0; i < 100; ++i) {
      Slot slot{.start = kStart + kSlotLength * i, .requests = 10};
      for (int k = 0; k < 10; ++k) slot.latency.add(k < slow ? 900 : 20);
      made.push_back(slot);
    }
    return made;
  };
  const auto judge = [&](double green, double blue) {
    const auto of_blue = slots(blue);
    return evaluate(alarm, slots(green), kStart, kStart + seconds{10}, Blue{.slots = of_blue});
  };
  EXPECT_EQ(judge(2, 2).verdict, Verdict::Breaching);
  EXPECT_TRUE(judge(2, 2).blue_explains_it);
  EXPECT_FALSE(judge(4, 1).blue_explains_it);
  EXPECT_FALSE(judge(2, 0).blue_explains_it);
}

TEST(BlueGate, CountsOfAColourAreJudgedByItsShareOfTheRequests) {
  Alarm alarm = kErrors;
  alarm.metric = Metric::ErrorCount;
  alarm.above = 20;
  Minutes alike;
  alike.add(seconds{120}, {.requests = 1, .bad_every = 20}, {.requests = 9, .bad_every = 2});
  ASSERT_EQ(alike.judge(alarm).verdict, Verdict::Breaching);
  EXPECT_TRUE(alike.judge(alarm).blue_explains_it) << "5% of both";
  Minutes worse;
  worse.add(seconds{120}, {.requests = 1, .bad_every = 20}, {.requests = 9, .bad_every = 20});
  ASSERT_EQ(worse.judge(alarm).verdict, Verdict::Breaching);
  EXPECT_FALSE(worse.judge(alarm).blue_explains_it) << "as many, of nine times the requests";
}

TEST(BlueGate, AStretchWithoutRequestsOfOneColourIsPartOfItsNeighbour) {
  Minutes minutes;
  std::vector<Slot> green, blue;
  for (int i = 0; i < 120; ++i) {
    green.push_back({.start = kStart + kSlotLength * i, .requests = i % 40 == 0 ? 1 : 0});
    blue.push_back({.start = kStart + kSlotLength * i, .requests = i % 30 == 29 ? 1 : 0, .server_errors = 1});
  }
  const auto parts = gate_parts(kErrors, {green, blue, kStart, kStart + seconds{12}});
  EXPECT_GE(parts.size(), 2u);
  BlockCounts sum;
  for (const BlockCounts& part : parts) {
    EXPECT_GT(part.green.requests, 0);
    EXPECT_GT(part.blue.requests, 0);
    sum += part;
  }
  EXPECT_EQ(sum.green.requests, 3);
  EXPECT_EQ(sum.blue.events, 120);
  EXPECT_TRUE(gate_parts(kErrors, {green, blue, kStart, kStart}).empty());
}

TEST(BlueGate, OfFailedChecksBlueMustShowMoreThanHalfOfTheThreshold) {
  const Alarm alarm{.name = "failing",
                    .metric = Metric::FailedHealthChecks,
                    .above = 2,
                    .every = seconds{1},
                    .gate_on_blue = Action::Hold};
  const auto failing = [](std::int64_t count) {
    return std::vector<Slot>{{.start = kStart, .failed_health_checks = count}};
  };
  const auto explained = [&](std::int64_t of_blue) {
    const auto blue = failing(of_blue);
    return evaluate(alarm, failing(3), kStart, kStart + seconds{1}, Blue{.slots = blue}).blue_explains_it;
  };
  EXPECT_TRUE(explained(2));
  EXPECT_FALSE(explained(1));
}

}  // namespace
}  // namespace sluice::analysis
