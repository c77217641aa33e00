#include "core/analysis/alarm_evaluation.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

/// `count` slots from `from` on, the given figures in the first of them.
void watch(std::vector<Slot>& slots, TimePoint from, int count, std::int64_t requests, std::int64_t errors) {
  for (int i = 0; i < count; ++i) {
    Slot slot{.start = from + kSlotLength * i};
    if (i == 0) {
      slot.requests = requests;
      slot.server_errors = errors;
      slot.informational_and_success = requests - errors;
    }
    slots.push_back(slot);
  }
}

struct Second {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  bool watched = true;
};

/// A second after the other from kStart on.
std::vector<Slot> seconds_of(std::initializer_list<Second> list) {
  std::vector<Slot> slots;
  TimePoint at = kStart;
  for (const Second& second : list) {
    if (second.watched) watch(slots, at, 10, second.requests, second.errors);
    at += seconds{1};
  }
  return slots;
}

const Alarm kTwoOfThree{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{1}};

Verdict verdict_after(const Alarm& alarm, std::initializer_list<Second> list) {
  return evaluate(alarm, seconds_of(list), kStart, kStart + seconds{list.size()}).verdict;
}

TEST(AlarmEvaluation, BreachesWithMOfTheLastNPeriods) {
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 2}, {100, 0}, {100, 2}}), Verdict::Breaching);
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 2}, {100, 0}, {100, 0}, {100, 2}}), Verdict::Ok);
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 1}, {100, 1}, {100, 1}}), Verdict::Ok) << "1% is not above 1%";
}

TEST(AlarmEvaluation, BreachesBeforeNPeriodsExist) {
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 2}, {100, 2}}), Verdict::Breaching);
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 2}}), Verdict::Ok);
  EXPECT_EQ(verdict_after(kTwoOfThree, {}), Verdict::NoData);
}

TEST(AlarmEvaluation, CountsOnlyPeriodsThatLieWhollyAfterTheFirstTraffic) {
  const auto slots = seconds_of({{100, 50}, {100, 50}, {100, 50}});
  const TimePoint now = kStart + seconds{3};
  EXPECT_EQ(evaluate(kTwoOfThree, slots, kStart + seconds{1}, now).periods.size(), 2u);
  EXPECT_EQ(evaluate(kTwoOfThree, slots, kStart + Milliseconds{1001}, now).periods.size(), 1u);
  EXPECT_EQ(evaluate(kTwoOfThree, slots, kStart + Milliseconds{2001}, now).verdict, Verdict::NoData);
  EXPECT_EQ(evaluate(kTwoOfThree, slots, now + seconds{5}, now).verdict, Verdict::NoData);
}

TEST(AlarmEvaluation, ASlotBelongsToThePeriodInWhichItEnds) {
  Alarm alarm = kTwoOfThree;
  alarm.datapoints = alarm.out_of = 1;
  std::vector<Slot> slots;
  watch(slots, kStart, 1, 100, 100);  // ends at kStart + 100 ms
  watch(slots, kStart + kSlotLength, 10, 100, 0);
  EXPECT_EQ(evaluate(alarm, slots, kStart - seconds{9}, kStart + Milliseconds{1099}).periods[0].figures.bad, 100);
  EXPECT_EQ(evaluate(alarm, slots, kStart - seconds{9}, kStart + Milliseconds{1100}).periods[0].figures.bad, 0);
}

TEST(AlarmEvaluation, WithHoldAPeriodWithoutDataIsNeverHealth) {
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 0}, {0, 0}, {0, 0}}), Verdict::NoData) << "no requests";
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 0}, {100, 0}, {0, 0}}), Verdict::Ok) << "one cannot make two";
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 9}, {100, 0}, {.watched = false}}), Verdict::NoData);
  EXPECT_EQ(verdict_after(kTwoOfThree, {{100, 9}, {100, 9}, {.watched = false}}), Verdict::Breaching);
}

TEST(AlarmEvaluation, TheMissingPolicyDecidesWhatNoDataCountsAs) {
  const auto with = [](Missing missing) {
    Alarm alarm = kTwoOfThree;
    alarm.missing = missing;
    return verdict_after(alarm, {{100, 9}, {100, 9}, {100, 0}, {.watched = false}, {.watched = false}});
  };
  EXPECT_EQ(with(Missing::Hold), Verdict::NoData);
  EXPECT_EQ(with(Missing::Breaching), Verdict::Breaching);
  EXPECT_EQ(with(Missing::NotBreaching), Verdict::Ok);
  EXPECT_EQ(with(Missing::Ignore), Verdict::Breaching) << "the periods before those count: 9, 9, 0";
}

TEST(AlarmEvaluation, IgnoreNeedsSomethingToLookAt) {
  Alarm alarm = kTwoOfThree;
  alarm.missing = Missing::Ignore;
  EXPECT_EQ(verdict_after(alarm, {{.watched = false}, {.watched = false}, {.watched = false}}), Verdict::NoData);
  EXPECT_EQ(lookback(alarm), seconds{9});
  EXPECT_EQ(lookback(kTwoOfThree), seconds{3});
}

TEST(AlarmEvaluation, FewRequestsAreMissingData) {
  Alarm alarm = kTwoOfThree;
  alarm.minimum_samples = 10;
  EXPECT_EQ(verdict_after(alarm, {{9, 9}, {9, 9}, {9, 9}}), Verdict::NoData);
  EXPECT_EQ(verdict_after(alarm, {{10, 9}, {10, 9}, {9, 9}}), Verdict::Breaching);
}

TEST(AlarmEvaluation, AttemptsThatWereRetriedElsewhereAreErrorsWithoutARequest) {
  EXPECT_EQ(verdict_after(kTwoOfThree, {{0, 5}, {0, 5}, {0, 5}}), Verdict::Breaching);
}

TEST(AlarmEvaluation, FailedHealthChecksNeedNoRequests) {
  Alarm alarm{.name = "unhealthy", .metric = Metric::FailedHealthChecks, .above = 0, .every = seconds{1}};
  alarm.minimum_samples = 50;
  std::vector<Slot> slots = seconds_of({{0, 0}});
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{1}).verdict, Verdict::Ok);
  slots[3].failed_health_checks = 1;
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{1}).verdict, Verdict::Breaching);
}

TEST(AlarmEvaluation, NineTenthsOfAPeriodMustHaveBeenWatchedToBeHealth) {
  Alarm alarm = kTwoOfThree;
  alarm.datapoints = alarm.out_of = 1;
  std::vector<Slot> slots = seconds_of({{100, 0}});
  slots.pop_back();
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{1}).verdict, Verdict::Ok);
  slots.pop_back();
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{1}).verdict, Verdict::NoData);
  slots[0].server_errors = 50;
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{1}).verdict, Verdict::Breaching);
}

TEST(AlarmEvaluation, AnImpossibleAlarmIsAnError) {
  for (auto [m, n, every] : {std::tuple{0, 1, 1000L}, {2, 1, 1000L}, {1, kMostPeriods + 1, 1000L}, {1, 1, 999L}}) {
    const Alarm alarm{.name = "x", .datapoints = m, .out_of = n, .every = Milliseconds{every}};
    EXPECT_EQ(evaluate(alarm, {}, kStart, kStart + seconds{9}).verdict, Verdict::Error) << m << " of " << n;
    EXPECT_EQ(lookback(alarm), Milliseconds{0});
  }
}

// ---- Properties ----

struct Case {
  Alarm alarm;
  std::vector<Slot> slots;
  TimePoint watched_since;
  TimePoint now;
};

rc::Gen<Case> any_case() {
  return rc::gen::exec([] {
    Case given;
    given.alarm.name = "a";
    given.alarm.metric = *rc::gen::element(Metric::ErrorRate, Metric::FailedHealthChecks);
    given.alarm.above = *rc::gen::element(0.0, 0.01, 0.5, 2.0);
    given.alarm.out_of = *rc::gen::inRange(1, 6);
    given.alarm.datapoints = *rc::gen::inRange(1, given.alarm.out_of + 1);
    given.alarm.every = Milliseconds{*rc::gen::element(1000, 1250, 2000)};
    given.alarm.minimum_samples = *rc::gen::inRange(0L, 20L);
    given.alarm.missing = *rc::gen::element(Missing::Hold, Missing::Breaching, Missing::NotBreaching, Missing::Ignore);
    const int count = *rc::gen::inRange(0, 200);
    for (int i = 0; i < count; ++i) {
      const auto kind = *rc::gen::inRange(0, 20);
      if (kind == 0) continue;  // not watched
      Slot slot{.start = kStart + kSlotLength * i};
      slot.requests = *rc::gen::inRange(0, 10);
      slot.server_errors = kind < 4 ? *rc::gen::inRange(0, 3) : 0;
      slot.failed_health_checks = kind == 4 ? *rc::gen::inRange(0, 4) : 0;
      given.slots.push_back(slot);
    }
    given.watched_since = kStart + Milliseconds{*rc::gen::inRange(-500, 5000)};
    given.now = kStart + Milliseconds{*rc::gen::inRange(0, 21'000)};
    return given;
  });
}

/// The definition, word by word and slowly.
Verdict by_definition(const Case& given) {
  const Alarm& alarm = given.alarm;
  std::vector<PeriodState> states;
  const int farthest = alarm.missing == Missing::Ignore ? alarm.out_of * kIgnoreLookback : alarm.out_of;
  for (int k = 0; k < farthest && static_cast<int>(states.size()) < alarm.out_of; ++k) {
    const TimePoint begin = given.now - (k + 1) * alarm.every;
    const TimePoint end = given.now - k * alarm.every;
    if (begin < given.watched_since) break;
    double requests = 0, bad = 0, watched = 0;
    for (const Slot& slot : given.slots) {
      const TimePoint slot_end = slot.start + kSlotLength;
      if (slot_end <= begin || slot_end > end) continue;
      const bool ratio = alarm.metric == Metric::ErrorRate;
      requests += static_cast<double>(ratio ? std::max(slot.requests, slot.server_errors) : slot.requests);
      bad += static_cast<double>(ratio ? slot.server_errors : slot.failed_health_checks);
      watched += 100;
    }
    const bool ratio = alarm.metric == Metric::ErrorRate;
    const bool enough = !ratio || (requests >= 1 && requests >= static_cast<double>(alarm.minimum_samples));
    const double value = ratio ? (requests > 0 ? bad / requests : 0) : bad;
    PeriodState state = enough ? PeriodState::Ok : PeriodState::TooFew;
    if (watched < 0.9 * static_cast<double>(alarm.every.count())) state = PeriodState::Unwatched;
    if (enough && value > alarm.above) state = PeriodState::Breaching;
    const bool missing = state == PeriodState::Unwatched || state == PeriodState::TooFew;
    if (missing && alarm.missing == Missing::Ignore) continue;
    if (missing && alarm.missing == Missing::Breaching) state = PeriodState::Breaching;
    if (missing && alarm.missing == Missing::NotBreaching) state = PeriodState::Ok;
    states.push_back(state);
  }
  if (states.empty()) return Verdict::NoData;
  const auto bad = std::ranges::count(states, PeriodState::Breaching);
  const auto good = std::ranges::count(states, PeriodState::Ok);
  if (bad >= alarm.datapoints) return Verdict::Breaching;
  return static_cast<std::ptrdiff_t>(states.size()) - good >= alarm.datapoints ? Verdict::NoData : Verdict::Ok;
}

Verdict verdict_of(const Case& given) {
  return evaluate(given.alarm, given.slots, given.watched_since, given.now).verdict;
}

RC_GTEST_PROP(AlarmEvaluation, AgreesWithItsDefinition, ()) {
  const Case given = *any_case();
  const Verdict verdict = verdict_of(given);
  RC_CLASSIFY(verdict == Verdict::Ok, "ok");
  RC_CLASSIFY(verdict == Verdict::Breaching, "breaching");
  RC_CLASSIFY(verdict == Verdict::NoData, "no data");
  RC_ASSERT(verdict == by_definition(given));
}

RC_GTEST_PROP(AlarmEvaluation, MoreErrorsNeverEndABreach, ()) {
  Case given = *any_case();
  RC_PRE(verdict_of(given) == Verdict::Breaching && !given.slots.empty());
  Slot& slot = given.slots[*rc::gen::inRange<std::size_t>(0, given.slots.size())];
  // Another bad answer to a request that was there already.
  if (slot.server_errors < slot.requests) slot.server_errors += 1;
  slot.failed_health_checks += 1;
  RC_ASSERT(verdict_of(given) == Verdict::Breaching);
}

RC_GTEST_PROP(AlarmEvaluation, TheOrderOfTheSlotsAndTheCalendarPlayNoPart, ()) {
  Case given = *any_case();
  const Verdict before = verdict_of(given);
  const Milliseconds later{*rc::gen::inRange(0, 1'000'000)};
  for (Slot& slot : given.slots) slot.start += later;
  given.now += later;
  given.watched_since += later;
  std::ranges::reverse(given.slots);
  RC_ASSERT(verdict_of(given) == before);
}

RC_GTEST_PROP(AlarmEvaluation, WhatIsOlderThanItsLookbackPlaysNoPart, ()) {
  Case given = *any_case();
  const Verdict before = verdict_of(given);
  std::erase_if(given.slots, [&](const Slot& slot) {
    return slot.start + kSlotLength <= given.now - lookback(given.alarm) || slot.start >= given.now;
  });
  RC_ASSERT(verdict_of(given) == before);
}

RC_GTEST_PROP(AlarmEvaluation, HasASentenceForEveryVerdict, ()) {
  const Case given = *any_case();
  const auto evaluation =
      evaluate(given.alarm, given.slots, given.watched_since, given.now, Blue{.slots = given.slots});
  const std::string text = describe(given.alarm, evaluation, "GREEN");
  RC_ASSERT(text.find("GREEN") != std::string::npos);
  RC_ASSERT(text.find("alarm a ") != std::string::npos);
}

// ---- Percentiles ----

/// A slot a second with so many answers of each time, watched for the rest of the second.
std::vector<Slot> answers(std::initializer_list<std::vector<double>> seconds_list) {
  std::vector<Slot> slots;
  TimePoint at = kStart;
  for (const auto& times : seconds_list) {
    watch(slots, at, 10, static_cast<std::int64_t>(times.size()), 0);
    for (const double milliseconds : times) slots[slots.size() - 10].latency.add(milliseconds);
    at += seconds{1};
  }
  return slots;
}

std::vector<double> mostly(double usual, double rare) {
  std::vector<double> times(100, usual);
  for (int i = 0; i < 8; ++i) times[static_cast<std::size_t>(i)] = rare;
  return times;
}

const Alarm kP95{
    .name = "p95", .metric = Metric::LatencyP95, .above = 3000, .datapoints = 2, .out_of = 3, .every = seconds{1}};

TEST(AlarmEvaluation, APercentileIsTakenOfAllAnswersOfAPeriod) {
  const auto slow = mostly(20, 4000);
  EXPECT_EQ(evaluate(kP95, answers({slow, mostly(20, 200), slow}), kStart, kStart + seconds{3}).verdict,
            Verdict::Breaching);
  Alarm p90 = kP95;
  p90.metric = Metric::LatencyP90;
  EXPECT_EQ(evaluate(p90, answers({slow, slow, slow}), kStart, kStart + seconds{3}).verdict, Verdict::Ok)
      << "8% are slow";
  const auto figures = evaluate(kP95, answers({slow}), kStart, kStart + seconds{1}).periods[0].figures;
  EXPECT_EQ(figures.requests, 100);
  EXPECT_NEAR(value_of(Metric::LatencyP50, figures), 20, 20 * 0.04);
  EXPECT_NEAR(value_of(Metric::LatencyP99, figures), 4000, 4000 * 0.04);
}

TEST(AlarmEvaluation, APercentileWithoutAnswersIsNoData) {
  std::vector<Slot> slots = seconds_of({{100, 0}, {100, 0}, {100, 0}});
  EXPECT_EQ(evaluate(kP95, slots, kStart, kStart + seconds{3}).verdict, Verdict::NoData)
      << "requests whose time nobody knows";
  EXPECT_EQ(evaluate(kP95, {}, kStart, kStart + seconds{3}).verdict, Verdict::NoData);
}

RC_GTEST_PROP(AlarmEvaluation, APercentileLiesNearThatOfTheSortedTimes, ()) {
  const auto times = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(1, 100'000), [](int tenths) { return tenths / 10.0; })));
  for (const Metric metric : {Metric::LatencyP50, Metric::LatencyP90, Metric::LatencyP95, Metric::LatencyP99}) {
    Alarm alarm = kP95;
    alarm.metric = metric;
    const auto period = evaluate(alarm, answers({times}), kStart, kStart + seconds{1}).periods.at(0);
    auto sorted = times;
    std::ranges::sort(sorted);
    const double rank = std::ceil(quantile_of(metric) * static_cast<double>(times.size()));
    const double exact = sorted[static_cast<std::size_t>(rank) - 1];
    RC_ASSERT(value_of(metric, period.figures) <= exact * 1.04 + kLatencyFirstEdge);
    RC_ASSERT(value_of(metric, period.figures) >= exact / 1.04 - kLatencyFirstEdge);
  }
}

// ---- Error lines of the log ----

std::vector<Slot> logged(std::initializer_list<std::pair<int, int>> requests_and_lines) {
  std::vector<Slot> slots;
  TimePoint at = kStart;
  for (const auto& [requests, lines] : requests_and_lines) {
    watch(slots, at, 10, requests, 0);
    slots[slots.size() - 10].log_error_lines = lines;
    at += seconds{1};
  }
  for (Slot& slot : slots) slot.log_watched = true;
  return slots;
}

const Alarm kErrorLog{.name = "error_log",
                      .metric = Metric::ErrorLogRate,
                      .above = 5,
                      .threshold = Threshold::TimesBlue,
                      .datapoints = 2,
                      .out_of = 3,
                      .every = seconds{1},
                      .then = Action::Hold};

Verdict beside(const Alarm& alarm, const std::vector<Slot>& green, const std::vector<Slot>& blue,
               std::optional<TimePoint> blue_until = {}) {
  return evaluate(alarm, green, kStart, kStart + seconds{3}, Blue{.slots = blue, .traffic_until = blue_until}).verdict;
}

TEST(AlarmEvaluation, TimesBlueComparesWithBluesSamePeriod) {
  const auto blue = logged({{900, 18}, {900, 18}, {900, 18}});
  EXPECT_EQ(beside(kErrorLog, logged({{100, 20}, {100, 20}, {100, 20}}), blue), Verdict::Breaching) << "ten times";
  EXPECT_EQ(beside(kErrorLog, logged({{100, 10}, {100, 10}, {100, 10}}), blue), Verdict::Ok) << "five times";
  EXPECT_EQ(beside(kErrorLog, logged({{100, 40}, {100, 40}, {100, 40}}), logged({{900, 90}, {900, 90}, {900, 90}})),
            Verdict::Ok)
      << "an outage that hits both";
}

TEST(AlarmEvaluation, TimesBlueTakesASilentBlueForOneBadRequest) {
  const auto silent = logged({{900, 0}, {900, 0}, {900, 0}});
  EXPECT_EQ(beside(kErrorLog, logged({{100, 5}, {100, 5}, {100, 5}}), silent), Verdict::Ok);
  EXPECT_EQ(beside(kErrorLog, logged({{100, 6}, {100, 6}, {100, 6}}), silent), Verdict::Breaching);
  EXPECT_EQ(beside(kErrorLog, logged({{2, 4}, {2, 4}, {2, 4}}), silent), Verdict::Ok) << "lines, not requests, count";
}

TEST(AlarmEvaluation, TimesBlueLooksBackToWhenBlueHadTraffic) {
  std::vector<Slot> blue;
  for (Slot slot : logged({{900, 18}, {900, 18}})) {
    slot.start -= seconds{2};
    blue.push_back(slot);
  }
  const auto nothing = logged({{0, 0}, {0, 0}, {0, 0}});
  blue.insert(blue.end(), nothing.begin(), nothing.end());
  const auto bad = logged({{1000, 200}, {1000, 200}, {1000, 200}});
  EXPECT_EQ(beside(kErrorLog, bad, blue, kStart), Verdict::Breaching);
  EXPECT_EQ(beside(kErrorLog, logged({{1000, 20}, {1000, 20}, {1000, 20}}), blue, kStart), Verdict::Ok);
  EXPECT_EQ(beside(kErrorLog, bad, nothing), Verdict::NoData) << "nothing to compare with is not health";
  EXPECT_EQ(evaluate(kErrorLog, bad, kStart, kStart + seconds{3}).verdict, Verdict::Error) << "no BLUE at all";
}

TEST(AlarmEvaluation, ALogThatNobodyReadIsNoHealth) {
  auto green = logged({{100, 0}, {100, 0}, {100, 0}});
  const auto blue = logged({{900, 18}, {900, 18}, {900, 18}});
  EXPECT_EQ(beside(kErrorLog, green, blue), Verdict::Ok);
  for (Slot& slot : green) slot.log_watched = false;
  EXPECT_EQ(beside(kErrorLog, green, blue), Verdict::NoData);
}

TEST(AlarmEvaluation, AnErrorLogRateCanHaveAThresholdOfItsOwn) {
  Alarm alarm = kErrorLog;
  alarm.threshold = Threshold::Absolute;
  alarm.above = 0.05;
  EXPECT_EQ(evaluate(alarm, logged({{100, 6}, {100, 6}, {100, 0}}), kStart, kStart + seconds{3}).verdict,
            Verdict::Breaching);
  EXPECT_EQ(evaluate(alarm, logged({{100, 5}, {100, 5}, {100, 0}}), kStart, kStart + seconds{3}).verdict, Verdict::Ok);
}

TEST(AlarmEvaluation, TimesBlueWorksForPercentiles) {
  Alarm alarm = kP95;
  alarm.threshold = Threshold::TimesBlue;
  alarm.above = 2;
  const auto blue = answers({mostly(20, 100), mostly(20, 100), mostly(20, 100)});
  EXPECT_EQ(beside(alarm, answers({mostly(20, 300), mostly(20, 300), mostly(20, 20)}), blue), Verdict::Breaching);
  EXPECT_EQ(beside(alarm, answers({mostly(20, 180), mostly(20, 180), mostly(20, 20)}), blue), Verdict::Ok);
  alarm.metric = Metric::FailedHealthChecks;
  EXPECT_EQ(beside(alarm, blue, blue), Verdict::Error) << "no multiple of a count";
}

TEST(AlarmEvaluation, TimesBeforeComparesWithWhatBlueWasBeforeTheStart) {
  Alarm alarm = kErrorLog;
  alarm.threshold = Threshold::TimesBefore;
  auto earlier = logged({{900, 18}, {900, 18}, {900, 18}});
  for (Slot& slot : earlier) slot.start -= seconds{3};
  const Baseline before = baseline(alarm, earlier, kStart);
  EXPECT_EQ(before, (Baseline{.requests = 2700, .bad = 54, .value = 0.02}));
  const auto green = [&](int lines) { return logged({{100, lines}, {100, lines}, {100, lines}}); };
  const auto judged = [&](int lines, std::optional<Baseline> of) {
    return evaluate(alarm, green(lines), kStart, kStart + seconds{3}, Blue{.slots = green(40), .before = of});
  };
  EXPECT_EQ(judged(20, before).verdict, Verdict::Breaching) << "ten times, whatever BLUE does now";
  EXPECT_EQ(judged(10, before).verdict, Verdict::Ok) << "five times";
  EXPECT_EQ(judged(20, std::nullopt).verdict, Verdict::NoData) << "nothing to compare with is not health";
  EXPECT_EQ(judged(20, Baseline{}).verdict, Verdict::NoData);
  EXPECT_EQ(judged(6, Baseline{.requests = 900}).verdict, Verdict::Breaching);
  EXPECT_EQ(judged(5, Baseline{.requests = 900}).verdict, Verdict::Ok) << "none counts as one";
  EXPECT_EQ(evaluate(alarm, green(20), kStart, kStart + seconds{3}).verdict, Verdict::Error) << "no BLUE at all";
  EXPECT_EQ(
      describe(alarm, judged(20, before), "GREEN"),
      "GREEN logged 60 error lines in 300 requests in 3 of the last 3 periods of 1s; the alarm error_log allows 5 "
      "times what BLUE's was before the start; before the start 54 in 2700; BLUE 120 in 300");
  EXPECT_EQ(
      describe(alarm, judged(20, Baseline{}), "GREEN"),
      "the alarm error_log cannot judge GREEN: fewer than 1 request of BLUE before the start to compare with in 3 of "
      "the last 3 periods of 1s");
}

TEST(AlarmEvaluation, TimesBeforeWorksForPercentiles) {
  Alarm alarm = kP95;
  alarm.threshold = Threshold::TimesBefore;
  alarm.above = 2;
  const Baseline before{.requests = 300, .bad = 0, .value = 100};
  const auto judged = [&](double slow) {
    return evaluate(alarm, answers({mostly(20, slow), mostly(20, slow), mostly(20, slow)}), kStart, kStart + seconds{3},
                    Blue{.slots = {}, .before = before});
  };
  EXPECT_EQ(judged(300).verdict, Verdict::Breaching);
  EXPECT_EQ(judged(180).verdict, Verdict::Ok);
  EXPECT_NE(describe(alarm, judged(300), "GREEN").find("before the start 100ms (300 requests)"), std::string::npos);
}

// ---- Averages and counts ----

TEST(AlarmEvaluation, AnAverageSeesWhatAPercentileDoesNot) {
  // 4 of 100 take 30 s: the 95th percentile is as ever, and the mean is 1.2 s.
  std::vector<double> times(96, 20);
  times.insert(times.end(), 4, 30'000);
  Alarm alarm = kP95;
  alarm.above = 500;
  const auto slots = answers({times, times, times});
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{3}).verdict, Verdict::Ok);
  alarm.metric = Metric::LatencyAverage;
  const auto evaluation = evaluate(alarm, slots, kStart, kStart + seconds{3});
  EXPECT_EQ(evaluation.verdict, Verdict::Breaching);
  EXPECT_NEAR(value_of(Metric::LatencyAverage, evaluation.periods[0].figures), 1219.2, 1219.2 * 0.02);
  alarm.above = 1300;
  EXPECT_EQ(evaluate(alarm, slots, kStart, kStart + seconds{3}).verdict, Verdict::Ok);
  EXPECT_EQ(evaluate(alarm, {}, kStart, kStart + seconds{3}).verdict, Verdict::NoData);
}

TEST(AlarmEvaluation, AnAverageCanBeAMultipleOfBlues) {
  Alarm alarm = kP95;
  alarm.metric = Metric::LatencyAverage;
  alarm.threshold = Threshold::TimesBlue;
  alarm.above = 2;
  const auto blue = answers({mostly(20, 20), mostly(20, 20), mostly(20, 20)});
  EXPECT_EQ(beside(alarm, answers({mostly(50, 50), mostly(50, 50), mostly(50, 50)}), blue), Verdict::Breaching);
  EXPECT_EQ(beside(alarm, answers({mostly(35, 35), mostly(35, 35), mostly(35, 35)}), blue), Verdict::Ok);
}

TEST(AlarmEvaluation, CountsAreOfAPeriodWhateverTheRequests) {
  Alarm alarm = kTwoOfThree;
  alarm.metric = Metric::ErrorCount;
  alarm.above = 5;
  EXPECT_EQ(verdict_after(alarm, {{100'000, 6}, {100'000, 5}, {100'000, 6}}), Verdict::Breaching);
  EXPECT_EQ(verdict_after(alarm, {{10, 5}, {10, 5}, {10, 6}}), Verdict::Ok);
  EXPECT_EQ(verdict_after(alarm, {{0, 0}, {0, 0}, {0, 0}}), Verdict::NoData) << "nobody asked";
  alarm.metric = Metric::ErrorLogCount;
  EXPECT_EQ(evaluate(alarm, logged({{100, 6}, {100, 6}, {100, 0}}), kStart, kStart + seconds{3}).verdict,
            Verdict::Breaching);
  EXPECT_EQ(evaluate(alarm, seconds_of({{100, 0}, {100, 0}, {100, 0}}), kStart, kStart + seconds{3}).verdict,
            Verdict::NoData)
      << "nobody read the log";
}

const Alarm kMemory{.name = "memory",
                    .metric = Metric::MemoryUtilization,
                    .above = 0.9,
                    .datapoints = 2,
                    .out_of = 3,
                    .every = seconds{1}};

/// Seconds from kStart on in which so many tasks used such a share of their memory each; nobody told of a negative one.
std::vector<Slot> used(std::initializer_list<double> shares, int tasks = 2) {
  std::vector<Slot> slots;
  for (const double share : shares) {
    watch(slots, kStart + seconds{slots.size() / 10}, 10, 0, 0);
    for (auto slot = slots.end() - 10; slot != slots.end(); ++slot) slot->utilization_watched = true;
    Slot& first = *(slots.end() - 10);
    if (share < 0) continue;
    first.memory.reserved = kWholeReservation * tasks;
    first.memory.used = std::llround(share * static_cast<double>(first.memory.reserved));
  }
  return slots;
}

AlarmEvaluation evaluated(const Alarm& alarm, const std::vector<Slot>& slots) {
  return evaluate(alarm, slots, kStart, slots.back().start + kSlotLength);
}

TEST(AlarmEvaluation, UtilizationIsTheMeanOfItsSamplesWhateverTheRequests) {
  EXPECT_EQ(evaluated(kMemory, used({0.95, 0.2, 0.91})).verdict, Verdict::Breaching);
  EXPECT_EQ(evaluated(kMemory, used({0.95, 0.9, 0.9})).verdict, Verdict::Ok) << "90% is not above 90%";
  EXPECT_EQ(evaluated(kMemory, used({1.5, 1.5})).verdict, Verdict::Breaching) << "more than was reserved";
  Alarm cpu = kMemory;
  cpu.metric = Metric::CpuUtilization;
  EXPECT_EQ(evaluated(cpu, used({0.95, 0.95, 0.95})).verdict, Verdict::NoData) << "of the CPU nobody told";
}

TEST(AlarmEvaluation, UtilizationThatNobodyTellsIsNoHealth) {
  EXPECT_EQ(evaluated(kMemory, used({0.4, -1, -1})).verdict, Verdict::NoData);
  std::vector<Slot> slots = used({0.4, 0.4, 0.4});
  for (Slot& slot : slots) slot = Slot{.start = slot.start, .requests = 100};
  const AlarmEvaluation evaluation = evaluated(kMemory, slots);
  EXPECT_EQ(evaluation.verdict, Verdict::NoData);
  EXPECT_EQ(evaluation.periods[0].state, PeriodState::Unwatched);
}

TEST(AlarmEvaluation, UtilizationCanBeAMultipleOfBluesNowOrBefore) {
  Alarm alarm = kMemory;
  alarm.threshold = Threshold::TimesBlue;
  alarm.above = 1.5;
  const std::vector<Slot> green = used({0.6, 0.61, 0.61}, 1);
  const std::vector<Slot> blue = used({0.4, 0.4, 0.4}, 9);
  EXPECT_EQ(evaluate(alarm, green, kStart, kStart + seconds{3}, Blue{.slots = blue}).verdict, Verdict::Breaching);
  EXPECT_EQ(evaluate(alarm, blue, kStart, kStart + seconds{3}, Blue{.slots = green}).verdict, Verdict::Ok);
  alarm.threshold = Threshold::TimesBefore;
  const Baseline before = baseline(alarm, blue, kStart + seconds{3});
  EXPECT_DOUBLE_EQ(before.value, 0.4);
  EXPECT_EQ(evaluate(alarm, green, kStart, kStart + seconds{3}, Blue{.before = before}).verdict, Verdict::Breaching);
}

TEST(AlarmEvaluation, UtilizationHasNoGateOnBluesRequests) {
  Alarm alarm = kMemory;
  alarm.gate_on_blue = Action::Hold;
  EXPECT_EQ(evaluated(alarm, used({0.95, 0.95})).verdict, Verdict::Error);
}

/// The same of the service's task that used the most.
std::vector<Slot> used_by_service(std::initializer_list<double> shares) {
  std::vector<Slot> slots = used(shares, 1);
  for (Slot& slot : slots) {
    slot.service_memory = std::exchange(slot.memory, {});
    slot.utilization_watched = false;
  }
  return slots;
}

TEST(AlarmEvaluation, UtilizationOfTheServiceNeedsNobodyWhoWatchesTasks) {
  Alarm alarm = kMemory;
  alarm.metric = Metric::ServiceMemoryUtilization;
  EXPECT_EQ(evaluated(alarm, used_by_service({0.95, 0.2, 0.91})).verdict, Verdict::Breaching);
  EXPECT_EQ(evaluated(alarm, used_by_service({0.95, 0.9, 0.9})).verdict, Verdict::Ok);
  EXPECT_EQ(evaluated(alarm, used_by_service({0.4, -1, -1})).verdict, Verdict::NoData) << "no figure is no health";
  EXPECT_EQ(evaluated(alarm, used({0.95, 0.95, 0.95})).verdict, Verdict::NoData) << "of the service nobody told";
}

TEST(AlarmEvaluation, UtilizationOfTheServiceCanBeAMultipleOfWhatItWasAndNotOfBlues) {
  Alarm alarm = kMemory;
  alarm.metric = Metric::ServiceMemoryUtilization;
  alarm.threshold = Threshold::TimesBefore;
  alarm.above = 1.5;
  const std::vector<Slot> then = used_by_service({0.4, 0.4, 0.4});
  const std::vector<Slot> now = used_by_service({0.61, 0.61, 0.61});
  const Baseline before = baseline(alarm, then, kStart + seconds{3});
  EXPECT_DOUBLE_EQ(before.value, 0.4);
  EXPECT_EQ(evaluate(alarm, now, kStart, kStart + seconds{3}, Blue{.before = before}).verdict, Verdict::Breaching);
  EXPECT_EQ(evaluate(alarm, then, kStart, kStart + seconds{3}, Blue{.before = before}).verdict, Verdict::Ok);
  alarm.threshold = Threshold::TimesBlue;
  EXPECT_EQ(evaluate(alarm, now, kStart, kStart + seconds{3}, Blue{.slots = then}).verdict, Verdict::Error);
}

TEST(AlarmSentence, TellsUtilizationOfTheServiceAsNeitherColours) {
  Alarm alarm = kMemory;
  alarm.metric = Metric::ServiceMemoryUtilization;
  const auto told = [&](const std::vector<Slot>& slots) {
    return describe(alarm, evaluate(alarm, slots, kStart, kStart + seconds{3}, Blue{.slots = slots}), "GREEN");
  };
  EXPECT_EQ(told(used_by_service({0.95, 0.2, 0.93})),
            "the service's task that used the most, of either colour, used 94% of the memory that it reserves in 2 of "
            "the last 3 periods of 1s; the alarm memory allows 90%");
  EXPECT_EQ(
      told(used_by_service({0.4, -1, -1})),
      "the alarm memory cannot judge GREEN: no figure of the memory of any task in 2 of the last 3 periods of 1s");
}

TEST(AlarmSentence, TellsUtilization) {
  const std::vector<Slot> blue = used({0.4, 0.4, 0.4});
  const auto told = [&](const std::vector<Slot>& green) {
    return describe(kMemory, evaluate(kMemory, green, kStart, kStart + seconds{3}, Blue{.slots = blue}), "GREEN");
  };
  EXPECT_EQ(told(used({0.95, 0.2, 0.93})),
            "GREEN used 94% of the memory that its tasks reserve in 2 of the last 3 periods of 1s; the alarm memory "
            "allows 90%; BLUE 40%");
  EXPECT_EQ(told(used({0.4, 0.5, 0.6})),
            "GREEN used 50% of the memory that its tasks reserve in the last 3 periods of 1s; the alarm memory allows "
            "90%; BLUE 40%");
  EXPECT_EQ(
      told(used({0.4, -1, -1})),
      "the alarm memory cannot judge GREEN: no figure of the memory of any task in 2 of the last 3 periods of 1s");
}

TEST(AlarmSentence, TellsAveragesAndCounts) {
  Alarm alarm = kP95;
  alarm.metric = Metric::LatencyAverage;
  const auto green = answers({mostly(4096, 4096), mostly(4096, 4096), mostly(20, 20)});
  const auto blue = answers({mostly(203, 203), mostly(203, 203), mostly(203, 203)});
  EXPECT_EQ(
      describe(alarm, evaluate(alarm, green, kStart, kStart + seconds{3}, Blue{.slots = blue}), "GREEN"),
      "GREEN's average time is 4.1s (200 requests) in 2 of the last 3 periods of 1s; the alarm p95 allows 3s; BLUE "
      "206ms");
  Alarm count = kTwoOfThree;
  count.metric = Metric::ErrorCount;
  count.above = 5;
  const auto failing = seconds_of({{100, 9}, {100, 9}, {100, 0}});
  const auto fine = seconds_of({{900, 1}, {900, 0}, {900, 0}});
  EXPECT_EQ(describe(count, evaluate(count, failing, kStart, kStart + seconds{3}, Blue{.slots = fine}), "GREEN"),
            "GREEN answered 5xx to 9% of requests (18 of 200) in 2 of the last 3 periods of 1s; the alarm http_5xx "
            "allows 5; BLUE 1 in 2700");
}

// ---- Sentences ----

std::string sentence(Alarm alarm, std::initializer_list<Second> list, std::optional<Figures> blue = {},
                     seconds every = seconds{1}) {
  alarm.every = every;
  const TimePoint now = kStart + seconds{list.size()};
  AlarmEvaluation evaluation = evaluate(alarm, seconds_of(list), kStart, now);
  evaluation.blue = blue;
  return describe(alarm, evaluation, "GREEN");
}

TEST(AlarmSentence, TellsABreachWithTheFiguresOfBothColours) {
  EXPECT_EQ(sentence(kTwoOfThree, {{30, 9}, {30, 0}, {39, 5}}, Figures{.requests = 930, .bad = 1}),
            "GREEN answered 5xx to 20.3% of requests (14 of 69) in 2 of the last 3 periods of 1s; the alarm http_5xx "
            "allows 1%; BLUE 0.1% (1 of 930)");
}

TEST(AlarmSentence, TellsHealth) {
  EXPECT_EQ(sentence(kTwoOfThree, {{3000, 1}, {1000, 0}}),
            "GREEN answered 5xx to under 0.1% of requests (1 of 4000) in the last 2 periods of 1s; the alarm http_5xx "
            "allows 1%");
}

TEST(AlarmSentence, TellsWhatIsMissing) {
  Alarm alarm = kTwoOfThree;
  alarm.minimum_samples = 20;
  EXPECT_EQ(sentence(alarm, {{5, 0}, {.watched = false}, {19, 0}}),
            "the alarm http_5xx cannot judge GREEN: not watched in 1 of the last 3 periods of 1s, and fewer than 20 "
            "requests in 2 of the last 3 periods of 1s");
  EXPECT_EQ(sentence(alarm, {}),
            "the alarm http_5xx cannot judge GREEN: no period of 1s with data has passed since it got traffic");
  alarm.missing = Missing::Breaching;
  EXPECT_EQ(sentence(alarm, {{.watched = false}, {.watched = false}}),
            "GREEN: not watched in 2 of the last 2 periods of 1s; the alarm http_5xx counts that as breaching");
}

TEST(AlarmSentence, TellsFailedHealthChecks) {
  const Alarm alarm{.name = "unhealthy", .metric = Metric::FailedHealthChecks, .every = seconds{1}};
  std::vector<Slot> slots = seconds_of({{0, 0}});
  slots[0].failed_health_checks = 3;
  const auto evaluation = evaluate(alarm, slots, kStart, kStart + seconds{1}, Blue{});
  EXPECT_EQ(describe(alarm, evaluation, "GREEN"),
            "GREEN failed 3 health checks in the last period of 1s; the alarm unhealthy allows 0; BLUE 0");
}

TEST(AlarmSentence, TellsAPercentileAsATime) {
  const auto green = answers({mostly(20, 4096), mostly(20, 4096), mostly(20, 30)});
  const auto blue = answers({mostly(20, 203), mostly(20, 203), mostly(20, 203)});
  const auto evaluation = evaluate(kP95, green, kStart, kStart + seconds{3}, Blue{.slots = blue});
  EXPECT_EQ(describe(kP95, evaluation, "GREEN"),
            "GREEN's p95 is 4s (200 requests) in 2 of the last 3 periods of 1s; the alarm p95 allows 3s; BLUE 205ms");
}

TEST(AlarmSentence, TellsErrorLinesBesideBlues) {
  const auto green = logged({{100, 20}, {100, 22}, {100, 0}});
  const auto blue = logged({{900, 10}, {900, 8}, {900, 0}});
  EXPECT_EQ(
      describe(kErrorLog, evaluate(kErrorLog, green, kStart, kStart + seconds{3}, Blue{.slots = blue}), "GREEN"),
      "GREEN logged 42 error lines in 200 requests in 2 of the last 3 periods of 1s; the alarm error_log allows 5 "
      "times BLUE's; BLUE 18 in 2700");
}

TEST(AlarmSentence, SaysThatBluesFiguresAreFromBeforeAndWhatIsMissing) {
  const auto green = logged({{1000, 20}, {1000, 22}, {1000, 0}});
  const auto blue = logged({{900, 1}, {0, 0}, {0, 0}});
  const Blue earlier{.slots = blue, .traffic_until = kStart + seconds{1}};
  const std::string text =
      describe(kErrorLog, evaluate(kErrorLog, green, kStart, kStart + seconds{3}, earlier), "GREEN");
  EXPECT_TRUE(text.ends_with("BLUE, while it had traffic, 1 in 900")) << text;
  const auto nothing = logged({{0, 0}, {0, 0}, {0, 0}});
  EXPECT_EQ(
      describe(kErrorLog, evaluate(kErrorLog, green, kStart, kStart + seconds{3}, Blue{.slots = nothing}), "GREEN"),
      "the alarm error_log cannot judge GREEN: fewer than 1 request of BLUE to compare with in 3 of the last 3 "
      "periods of 1s");
}

TEST(AlarmSentence, SaysThatBlueExplainsIt) {
  Alarm alarm = kTwoOfThree;
  alarm.gate_on_blue = Action::Hold;
  const auto slots = seconds_of({{100, 9}, {100, 9}, {100, 9}});
  const auto evaluation = evaluate(alarm, slots, kStart, kStart + seconds{3}, Blue{.slots = slots});
  EXPECT_EQ(describe(alarm, evaluation, "GREEN"),
            "GREEN answered 5xx to 9% of requests (27 of 300) in 3 of the last 3 periods of 1s; the alarm http_5xx "
            "allows 1%; BLUE 9% (27 of 300); BLUE's traffic explains it: a GREEN that is bad up to 1.5 times as often "
            "would show as much by chance, so this holds and does not roll back");
}

TEST(AlarmSentence, SaysThatBlueFailsAsManyChecks) {
  const Alarm alarm{.name = "unhealthy",
                    .metric = Metric::FailedHealthChecks,
                    .above = 1,
                    .every = seconds{1},
                    .gate_on_blue = Action::Hold};
  std::vector<Slot> slots = seconds_of({{0, 0}});
  slots[0].failed_health_checks = 3;
  const auto evaluation = evaluate(alarm, slots, kStart, kStart + seconds{1}, Blue{.slots = slots});
  EXPECT_EQ(
      describe(alarm, evaluation, "GREEN"),
      "GREEN failed 3 health checks in the last period of 1s; the alarm unhealthy allows 1; BLUE 3; BLUE shows it "
      "too (more than half of that), so this holds and does not roll back");
}

TEST(AlarmSentence, FiguresOfBlueCoverTheSameSpan) {
  const auto slots = seconds_of({{100, 7}, {100, 1}, {100, 2}, {100, 3}});
  const auto evaluation = evaluate(kTwoOfThree, slots, kStart, kStart + seconds{4}, Blue{.slots = slots});
  EXPECT_EQ(evaluation.blue, (Figures{.requests = 300, .bad = 6}));
}

}  // namespace
}  // namespace sluice::analysis
