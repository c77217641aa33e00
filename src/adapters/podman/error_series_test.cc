#include "adapters/podman/error_series.h"

#include <gtest/gtest.h>

namespace sluice::podman {
namespace {

constexpr TimePoint kStart{Milliseconds(1'795'450'685'200)};
constexpr const char* kError = R"({"level":"error","request_id":"7F01"})";

TimePoint after(long milliseconds) { return kStart + Milliseconds(milliseconds); }

TEST(ErrorSeries, CountsLinesAndTheirRequestsOnce) {
  ErrorSeries series;
  series.add(after(250), 0, kError);
  series.add(after(20), 1, kError);
  series.add(after(30), 1, R"({"level":"error","request_id":"7F02"})");
  series.add(after(40), 1, "ERROR without a request");
  series.add(after(50), 1, R"({"level":"info","request_id":"7F03"})");
  series.watched_until(after(300), kStart);
  const auto slots = series.slots(kStart, after(300));
  ASSERT_EQ(slots.size(), 3u);
  EXPECT_EQ(slots[0], (ports::LogSlot{.start = kStart, .error_lines = 3, .requests_with_errors = 1}));
  EXPECT_EQ(slots[1], (ports::LogSlot{.start = after(100)}));
  EXPECT_EQ(slots[2], (ports::LogSlot{.start = after(200), .error_lines = 1, .requests_with_errors = 1}));
}

TEST(ErrorSeries, HasNoSlotsForATimeThatNobodyWatched) {
  ErrorSeries series;
  EXPECT_TRUE(series.slots(kStart, after(10'000)).empty());
  series.watched_until(after(500), kStart);
  series.not_watched();
  EXPECT_EQ(series.slots(kStart, after(10'000)).size(), 5u);
  series.watched_until(after(2000), kStart);
  series.watched_until(after(2500), kStart);
  const auto slots = series.slots(kStart, after(2500));
  ASSERT_EQ(slots.size(), 10u);
  EXPECT_EQ(slots[4].start, after(400));
  EXPECT_EQ(slots[5].start, after(2000)) << "the gap stays one";
  EXPECT_EQ(series.slots(after(2001), after(2500)).size(), 4u) << "slots are given whole";
}

TEST(ErrorSeries, VouchesForASecondAfterItWasLastRead) {
  ErrorSeries series;
  series.watched_until(after(100), kStart);
  EXPECT_EQ(series.slots(kStart, after(5000)).size(), 11u);
  series.not_watched();
  EXPECT_EQ(series.slots(kStart, after(5000)).size(), 1u);
}

TEST(ErrorSeries, KeepsTheFirstLinesOfAStorm) {
  ErrorSeries series;
  for (int i = 0; i < 3000; ++i) series.add(after(i), 1, "ERROR " + std::string(1000, 'x'));
  const auto lines = series.first_lines(kStart, 5);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0].at, kStart);
  EXPECT_EQ(lines[0].replica, 1);
  EXPECT_EQ(lines[0].text.size(), kLongestErrorLine);
  EXPECT_EQ(series.first_lines(kStart, 1000).size(), 30u);
  EXPECT_EQ(series.first_lines(after(2000), 1)[0].at, after(2000));
}

TEST(ErrorSeries, ForgetsAndStaysBounded) {
  ErrorSeries series;
  for (std::size_t i = 0; i < kRememberedRequests + 10; ++i) {
    series.add(after(0), 0, R"({"level":"error","request_id":")" + std::to_string(i) + "\"}");
  }
  series.add(after(0), 0, R"({"level":"error","request_id":"0"})");
  series.watched_until(after(100), kStart);
  EXPECT_EQ(series.slots(kStart, after(100))[0].requests_with_errors,
            static_cast<std::int64_t>(kRememberedRequests) + 11)
      << "the first one was forgotten and counts again";
  series.forget_before(after(101));
  EXPECT_TRUE(series.slots(kStart, after(100)).empty());
  EXPECT_TRUE(series.first_lines(kStart, 10).empty());
}

}  // namespace
}  // namespace sluice::podman
