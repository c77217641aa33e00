#include "adapters/haproxy/traffic_series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

namespace sluice::haproxy {
namespace {

constexpr TimePoint kStart{Milliseconds(1'795'450'685'200)};

recording::HaproxyLogLine line(int status, Milliseconds after = Milliseconds(0)) {
  return {.at = kStart + after,
          .worker = 7,
          .backend = "p.e.s:a",
          .server = "s1",
          .status = status,
          .method = "GET",
          .path = "/"};
}

std::vector<analysis::Slot> slots(const TrafficSeries& series, Milliseconds span) {
  std::vector<analysis::Slot> result;
  series.append_slots(kStart, kStart + span, result);
  return result;
}

TEST(TrafficSeries, CountsByClassInSlotsOfATenthOfASecond) {
  TrafficSeries series;
  for (const int status : {200, 101, 302, 404, 500, 503}) series.add(line(status));
  series.add(line(200, Milliseconds(250)));
  const auto counted = slots(series, Milliseconds(300));
  ASSERT_EQ(counted.size(), 3u);
  EXPECT_EQ(counted[0], (analysis::Slot{.start = kStart,
                                        .requests = 6,
                                        .informational_and_success = 2,
                                        .redirections = 1,
                                        .client_errors = 1,
                                        .server_errors = 2}));
  EXPECT_EQ(counted[1], (analysis::Slot{.start = kStart + Milliseconds(100)}));
  EXPECT_EQ(counted[2].requests, 1);
}

TEST(TrafficSeries, CountsWhatAnotherSlotHadToAnswerAsAnError) {
  TrafficSeries series;
  auto retried = line(200);
  retried.retries = 1;
  series.add(retried);
  auto fallen_back = line(200);
  fallen_back.server = "f2";
  series.add(fallen_back);
  EXPECT_EQ(slots(series, Milliseconds(100))[0].server_errors, 2);
  EXPECT_EQ(series.bad_answers(kStart, 10).size(), 2u);
}

TEST(TrafficSeries, LeavesOutProbesAndClientsThatWentAway) {
  TrafficSeries series;
  auto probe = line(500);
  probe.probe = true;
  series.add(probe);
  series.add(line(-1));
  EXPECT_EQ(slots(series, Milliseconds(100))[0], (analysis::Slot{.start = kStart}));
  EXPECT_EQ(series.lines_of(7), 2) << "they are lines nevertheless";
}

TEST(TrafficSeries, PutsALateLineWhereItBelongs) {
  TrafficSeries series;
  series.add(line(200, Milliseconds(200)));
  series.add(line(200, Milliseconds(100)));
  series.add(line(200));
  for (const auto& slot : slots(series, Milliseconds(300))) EXPECT_EQ(slot.requests, 1);
}

TEST(TrafficSeries, LeavesSlotsOutInWhichTooManyLinesWereLost) {
  TrafficSeries series;
  series.read_counter({.at = kStart + Milliseconds(300), .worker = 7});
  series.add(line(200, Milliseconds(310)));
  series.read_counter({.at = kStart + Milliseconds(800), .worker = 7, .requests = 3});
  EXPECT_EQ(series.lost_since(kStart), 2);
  const auto left = slots(series, Milliseconds(1200));
  ASSERT_EQ(left.size(), 7u);
  EXPECT_EQ(left[2].start, kStart + Milliseconds(200));
  EXPECT_EQ(left[3].start, kStart + Milliseconds(800));
}

TEST(TrafficSeries, KeepsTheTimesOfAnswersThatHaveOne) {
  TrafficSeries series;
  auto timed = line(200);
  timed.latency = 12.5;
  series.add(timed);
  timed.status = 500;
  timed.latency = 4000;
  series.add(timed);
  series.add(line(101));  // nobody knows
  const auto slot = slots(series, Milliseconds(100))[0];
  EXPECT_EQ(slot.requests, 3);
  EXPECT_EQ(slot.latency.total(), 2);
  EXPECT_EQ(slot.latency.count_above(analysis::latency_bucket(1000)), 1);
}

/// A second's traffic of which each tenth has times of its own: from 2 ms to `spread` times that.
void add_second(TrafficSeries& series, Milliseconds after, int a_tenth, double spread = 1000) {
  for (int i = 0; i < 10 * a_tenth; ++i) {
    auto timed = line(200, after + Milliseconds(100) * (i / a_tenth));
    timed.latency = 2 * std::pow(spread, static_cast<double>((i * 7919L + after.count()) % 1000) / 1000);
    series.add(timed);
  }
}

TEST(TrafficSeries, PutsOldTimesTogetherByTheSecondAndLosesNone) {
  TrafficSeries series;
  const TimePoint second = kStart - Milliseconds(200);  // kStart lies within one
  for (int i = 0; i < 3; ++i) add_second(series, Milliseconds(800 + 1000 * i), 5);
  series.prune(second + kFineLatencies + Milliseconds(2500));
  std::vector<analysis::Slot> whole;
  series.append_slots(second, second + Milliseconds(4000), whole);
  for (std::size_t i = 10; i < 40; ++i) {
    EXPECT_EQ(whole[i].requests, 5) << "counts stay where they are";
    const bool first_of_an_old_second = i == 10;
    const bool is_old = i < 20;
    EXPECT_EQ(whole[i].latency.total(), first_of_an_old_second ? 50 : is_old ? 0 : 5) << i;
  }
  series.prune(second + kFineLatencies + Milliseconds(2500));
  EXPECT_EQ(series.latency_bytes() % sizeof(analysis::LatencyHistogram::Entry), 0u);
}

/// What the times of an hour of a thousand requests a second take.
std::size_t bytes_of_an_hour(double spread) {
  constexpr int kSampled = 30;  // one second in so many stands for the others
  TrafficSeries series;
  const auto hour = std::chrono::seconds(kSeriesLength / std::chrono::seconds{1});
  for (std::chrono::seconds second{0}; second < hour; second += std::chrono::seconds{kSampled}) {
    add_second(series, second, 100, spread);
    series.prune(kStart + second);
  }
  return series.latency_bytes() * kSampled;
}

TEST(TrafficSeries, AnHourOfAThousandRequestsASecondStaysWithinItsBound) {
  for (const double spread : {10.0, 1000.0}) {
    const std::size_t bytes = bytes_of_an_hour(spread);
    std::printf("times from 2 ms to %.0f ms, 1,000 a second for an hour: %zu bytes; the bound: %zu\n", 2 * spread,
                bytes, kMostLatencyBytes);
    EXPECT_LT(bytes, kMostLatencyBytes);
  }
  EXPECT_LE(kMostLatencyBytes, 20u << 20);
}

TEST(TrafficSeries, KeepsTheFirstBadAnswersOfAStorm) {
  TrafficSeries series;
  for (int i = 0; i < 3000; ++i) series.add(line(500, Milliseconds(i)));
  const auto answers = series.bad_answers(kStart, 1000);
  EXPECT_EQ(answers.size(), 30u);
  EXPECT_EQ(answers[0].at, kStart);
  EXPECT_EQ(series.bad_answers(kStart, 5).size(), 5u);
  EXPECT_EQ(series.bad_answers(kStart + Milliseconds(2000), 1000).front().at, kStart + Milliseconds(2000));
}

TEST(TrafficSeries, ForgetsWhatIsOlderThanAnHour) {
  TrafficSeries series;
  series.add(line(500));
  series.prune(kStart + kSeriesLength + Milliseconds(1));
  EXPECT_EQ(slots(series, Milliseconds(100))[0].requests, 0);
  EXPECT_TRUE(series.bad_answers(kStart, 10).empty());
}

}  // namespace
}  // namespace sluice::haproxy
