#include "core/analysis/alarm_evaluation.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

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
  const auto evaluation = evaluate(given.alarm, given.slots, given.watched_since, given.now);
  const std::string text = describe(given.alarm, evaluation, "GREEN", Figures{.requests = 10, .bad = 1});
  RC_ASSERT(text.find("GREEN") != std::string::npos);
  RC_ASSERT(text.find("alarm a ") != std::string::npos);
}

// ---- Sentences ----

std::string sentence(Alarm alarm, std::initializer_list<Second> list, std::optional<Figures> other = {},
                     seconds every = seconds{1}) {
  alarm.every = every;
  const TimePoint now = kStart + seconds{list.size()};
  return describe(alarm, evaluate(alarm, seconds_of(list), kStart, now), "GREEN", other);
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
  const auto evaluation = evaluate(alarm, slots, kStart, kStart + seconds{1});
  EXPECT_EQ(describe(alarm, evaluation, "GREEN", Figures{}),
            "GREEN failed 3 health checks in the last period of 1s; the alarm unhealthy allows 0; BLUE 0");
}

TEST(AlarmSentence, FiguresOfTheOtherColourCoverTheSameSpan) {
  const auto slots = seconds_of({{100, 7}, {100, 1}, {100, 2}, {100, 3}});
  EXPECT_EQ(trailing_figures(kTwoOfThree, slots, kStart + seconds{4}), (Figures{.requests = 300, .bad = 6}));
}

}  // namespace
}  // namespace sluice::analysis
