#include "core/analysis/alarm_screen.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/analysis/alarm_evaluation.h"

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

Alarm any_alarm() {
  Alarm alarm{.name = "any"};
  alarm.metric = *rc::gen::element(Metric::ErrorRate, Metric::FailedHealthChecks, Metric::LatencyP50,
                                   Metric::LatencyP95, Metric::ErrorLogRate, Metric::LatencyAverage, Metric::ErrorCount,
                                   Metric::ErrorLogCount, Metric::MemoryUtilization, Metric::ServiceCpuUtilization);
  const Statistic statistic = statistic_of(alarm.metric);
  if (statistic != Statistic::Sum && *rc::gen::element(false, true)) alarm.threshold = Threshold::TimesBlue;
  alarm.above = alarm.threshold == Threshold::TimesBlue ? *rc::gen::element(1.0, 2.0, 5.0)
                : is_latency(alarm.metric)              ? *rc::gen::element(50.0, 100.0)
                                                        : *rc::gen::element(0.0, 0.05, 0.3, 1.0);
  alarm.out_of = *rc::gen::inRange(1, 4);
  alarm.datapoints = *rc::gen::inRange(1, alarm.out_of + 1);
  alarm.every = Milliseconds{*rc::gen::element(1000, 2000, 1500)};
  alarm.minimum_samples = *rc::gen::element(1, 10);
  alarm.missing = *rc::gen::element(Missing::Hold, Missing::Breaching, Missing::NotBreaching, Missing::Ignore);
  return alarm;
}

Slot any_slot(TimePoint start, int badness) {
  Slot slot{.start = start, .log_watched = *rc::gen::inRange(0, 8) > 0};
  slot.requests = *rc::gen::inRange(0, 6);
  for (int i = 0; i < slot.requests; ++i) {
    if (*rc::gen::inRange(0, 10) < badness) ++slot.server_errors;
    if (*rc::gen::inRange(0, 10) < badness) ++slot.log_error_lines;
    slot.latency.add(*rc::gen::inRange(0, 10) < badness ? 120 : 40);
  }
  if (*rc::gen::inRange(0, 30) < badness) ++slot.failed_health_checks;
  slot.utilization_watched = slot.log_watched;
  if (*rc::gen::inRange(0, 10) > 7) slot.memory = {kWholeReservation, kWholeReservation * badness / 10};
  slot.service_cpu = slot.memory;
  return slot;
}

RC_GTEST_PROP(AlarmScreen, NeverMissesABreach, ()) {
  const Alarm alarm = any_alarm();
  AlarmScreen screen(alarm);
  std::vector<Slot> kept;
  std::vector<Slot> blue;
  TimePoint now = kStart;
  for (int second = 0; second < 12; ++second) {
    const int badness = *rc::gen::inRange(0, 10);
    if (*rc::gen::inRange(0, 12) == 0) now += seconds{*rc::gen::inRange(1, 20)};  // nobody watched
    for (int i = 0; i < 10; ++i, now += kSlotLength) {
      kept.push_back(any_slot(now, badness));
      blue.push_back(any_slot(now, 1));
      screen.add(kept.back());
    }
    const AlarmEvaluation evaluation = evaluate(alarm, kept, kStart, now, Blue{.slots = blue});
    if (evaluation.verdict == Verdict::Breaching) RC_ASSERT(screen.may_breach(now));
  }
}

TEST(AlarmScreen, SparesTheEvaluationWhereNothingIsWrong) {
  const Alarm alarm{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{60}};
  AlarmScreen screen(alarm);
  TimePoint now = kStart;
  for (int i = 0; i < 3000; ++i, now += kSlotLength) {
    screen.add({.start = now, .requests = 10, .server_errors = i % 200 == 0 ? 1 : 0});
    EXPECT_FALSE(screen.may_breach(now + kSlotLength));
  }
  for (int i = 0; i < 1200; ++i, now += kSlotLength) {
    screen.add({.start = now, .requests = 10, .server_errors = 1});
  }
  EXPECT_TRUE(screen.may_breach(now));
  screen.clear();
  EXPECT_FALSE(screen.may_breach(now));
}

}  // namespace
}  // namespace sluice::analysis
