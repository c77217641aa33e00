#include "adapters/haproxy/traffic_series.h"

#include <gtest/gtest.h>

namespace sluice::haproxy {
namespace {

constexpr TimePoint kStart{Milliseconds(1'795'450'685'200)};

LogLine line(int status, Milliseconds after = Milliseconds(0)) {
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

TEST(LogLine, ReadsEveryField) {
  const auto read = parse_log_line("t0k 1795450686171 7223 shop.local.web:a f1 200 +1 1 GET /z a b \"c\n", "t0k");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->at, TimePoint(Milliseconds(1'795'450'686'171)));
  EXPECT_EQ(read->worker, 7223);
  EXPECT_EQ(read->backend, "shop.local.web:a");
  EXPECT_EQ(read->server, "f1");
  EXPECT_EQ(read->status, 200);
  EXPECT_EQ(read->retries, 1);
  EXPECT_TRUE(read->probe);
  EXPECT_EQ(read->method, "GET");
  EXPECT_EQ(read->path, "/z");
  EXPECT_EQ(read->request_id, "a b \"c");
}

TEST(LogLine, TakesNothingElseForALine) {
  for (const char* text :
       {"", "t0k", "other 1 7 b s 200 0 - GET / id", "t0k x 7 b s 200 0 - GET / id", "t0k 1 7 b s 200 0 - GET",
        "Server shop.local.web:a/s1 is DOWN, reason: Layer4 connection problem"}) {
    EXPECT_FALSE(parse_log_line(text, "t0k").has_value()) << text;
  }
  EXPECT_TRUE(parse_log_line("t0k 1 7 b <NOSRV> -1 0 - GET / -", "t0k").has_value());
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

TEST(TrafficSeries, NoticesRequestsThatNoLineToldAbout) {
  TrafficSeries series;
  series.add(line(200));
  series.reconcile(kStart, 7, 101, 1);  // 100 before this began to listen.
  EXPECT_EQ(series.lost_since(kStart), 0);
  series.add(line(200));
  series.reconcile(kStart + Milliseconds(500), 7, 102, 2);
  EXPECT_EQ(series.lost_since(kStart), 0);
  series.reconcile(kStart + Milliseconds(1000), 7, 105, 2);
  EXPECT_EQ(series.lost_since(kStart), 3);
  EXPECT_EQ(series.lost_since(kStart + Milliseconds(1001)), 0);
  series.reconcile(kStart + Milliseconds(1500), 7, 105, 2);
  EXPECT_EQ(series.lost_since(kStart), 3) << "counted once";
  series.reconcile(kStart + Milliseconds(2000), 8, 0, 0);  // A new worker counts from zero.
  EXPECT_EQ(series.lost_since(kStart), 3);
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
