#include "adapters/aws/minute_series.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/analysis/latency_quantile.h"

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{std::chrono::minutes{1000}};

TEST(MinuteSeries, HasTheQuantilesOfItsMinute) {
  const Minute minute{.requests = 1000, .p50 = 40, .p90 = 90, .p95 = 300, .p99 = 900, .longest = 2000};
  const auto histogram = histogram_of(minute);
  EXPECT_EQ(histogram.total(), 1000);
  for (const auto& [level, milliseconds] : {std::pair{0.5, 40.0}, {0.9, 90.0}, {0.95, 300.0}, {0.99, 900.0}}) {
    EXPECT_EQ(histogram.quantile_bucket(level), analysis::latency_bucket(milliseconds)) << level;
  }
  EXPECT_EQ(histogram_of({.requests = 1, .p50 = 5, .p90 = 5, .p95 = 5, .p99 = 5, .longest = 5}).total(), 1);
  EXPECT_TRUE(histogram_of({.requests = 10}).empty());
}

TEST(MinuteSeries, TellsHowFastTheAnswersCanHaveBeen) {
  const Minute minute{.requests = 1000,
                      .p10 = 10,
                      .p25 = 10,
                      .p50 = 40,
                      .p65 = 41,
                      .p80 = 80,
                      .p90 = 90,
                      .p95 = 300,
                      .p99 = 900,
                      .longest = 2000};
  const auto fastest = fastest_of(minute);
  EXPECT_EQ(fastest.total(), 1000);
  const auto above = [&](double milliseconds) { return fastest.count_above(analysis::latency_bucket(milliseconds)); };
  EXPECT_EQ(above(5), 900) << "at most a tenth was faster than 10 ms";
  EXPECT_EQ(above(35), 500) << "half took 40 ms or longer";
  EXPECT_EQ(above(100), 50);
  EXPECT_EQ(above(2000), 0);
  const auto measured = measurements_of({{kStart, minute}}, {}, kStart, kStart + 2min);
  ASSERT_EQ(measured.fastest.size(), 1U);
  EXPECT_EQ(measured.fastest.begin()->first, kStart);
  EXPECT_EQ(measured.fastest.begin()->second, fastest);
  EXPECT_EQ(measured.slots.front().latency, histogram_of(minute));
}

TEST(MinuteSeries, CountsAMinuteInItsFirstSlotAndLeavesNoGap) {
  const Minutes minutes = {
      {kStart, {.requests = 60, .server_errors = 3, .p50 = 1, .p90 = 1, .p95 = 1, .p99 = 1, .longest = 1}}};
  const auto slots = measurements_of(minutes, {}, kStart, kStart + 2min + 59s).slots;
  ASSERT_EQ(slots.size(), 1200U);
  EXPECT_EQ(slots[0].requests, 60);
  EXPECT_EQ(slots[0].server_errors, 3);
  for (std::size_t i = 1; i < slots.size(); ++i) {
    EXPECT_EQ(slots[i].start - slots[i - 1].start, analysis::kSlotLength);
    EXPECT_EQ(slots[i].requests, 0);
  }
}

TEST(MinuteSeries, CountsAsErrorsWhatTheOtherColourDoesNotExplain) {
  // A hundredth of BLUE's users goes away, or opens a WebSocket.
  const auto blue = [](double share) {
    Minutes minutes;
    for (int i = 0; i < 15; ++i) minutes[kStart - i * 1min] = {.requests = 2'700, .unanswered = 2'700 * share};
    return minutes;
  };
  const auto green = [](double requests, double unanswered) {
    return Minute{.requests = requests, .unanswered = unanswered};
  };
  EXPECT_EQ(unexplained(green(300, 3), kStart, blue(0.01)), 0);
  EXPECT_EQ(unexplained(green(300, 10), kStart, blue(0.01)), 0) << "may be chance";
  EXPECT_EQ(unexplained(green(300, 90), kStart, blue(0.01)), 78);
  EXPECT_EQ(unexplained(green(10, 10), kStart, blue(0)), 7) << "of few as well";
  EXPECT_EQ(unexplained(green(10, 3), kStart, blue(0)), 0);
  EXPECT_EQ(unexplained(green(300, 300), kStart, blue(1)), 0) << "a service of WebSockets";
  EXPECT_EQ(unexplained(green(300, 90), kStart, {}), 0) << "nobody to compare with";
  EXPECT_EQ(unexplained(green(300, 90), kStart + 15min, blue(0.01)), 0) << "long ago";
  EXPECT_EQ(unexplained({.requests = 2'700, .unanswered = 27}, kStart, {{kStart, green(30, 0)}}), 0)
      << "GREEN's few do not make BLUE bad";
  const auto slots = measurements_of({{kStart, {.requests = 300, .server_errors = 5, .unanswered = 90}}}, blue(0.01),
                                     kStart, kStart + 1min)
                         .slots;
  EXPECT_EQ(slots[0].server_errors, 83);
  EXPECT_EQ(slots[0].informational_and_success, 217);
}

RC_GTEST_PROP(MinuteSeries, ExplainsWhateverIsTheSameWithBothColours, ()) {
  const double requests = *rc::gen::inRange(1, 100'000);
  const double unanswered = *rc::gen::inRange(0, static_cast<int>(requests) + 1);
  const Minute minute{.requests = requests, .unanswered = unanswered};
  RC_ASSERT(unexplained(minute, kStart, {{kStart, minute}}) == 0);
}

TEST(MinuteSeries, TellsAServicesUseWhereSomebodyTellsIt) {
  const Minutes minutes = {{kStart, {.service_cpu = 0, .service_memory = 95.5}}, {kStart + 1min, {.service_cpu = 140}}};
  const auto slots = measurements_of(minutes, {}, kStart, kStart + 3min).slots;
  EXPECT_EQ(slots[0].service_cpu, (analysis::Utilization{.reserved = 10'000, .used = 0})) << "0% is a figure";
  EXPECT_EQ(slots[0].service_memory, (analysis::Utilization{.reserved = 10'000, .used = 9'550}));
  EXPECT_EQ(slots[600].service_cpu, (analysis::Utilization{.reserved = 10'000, .used = 14'000}))
      << "more than reserved";
  EXPECT_EQ(slots[600].service_memory, analysis::Utilization{});
  EXPECT_EQ(slots[1200].service_cpu, analysis::Utilization{});
}

TEST(MinuteSeries, TakesWholeMinutesOnly) {
  EXPECT_TRUE(measurements_of({}, {}, kStart + 1s, kStart + 1min + 59s).slots.empty());
  EXPECT_EQ(measurements_of({}, {}, kStart + 1s, kStart + 2min).slots.size(), 600U);
  EXPECT_TRUE(measurements_of({}, {}, kStart + 5min, kStart).slots.empty());
}

}  // namespace
}  // namespace sluice::aws
