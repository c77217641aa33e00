#include "adapters/aws/error_minutes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");

LogEvent error_at(Milliseconds after, const std::string& request = "") {
  return {kNoon + after, "web/web/0f1e", fmt::format(R"({{"level":"error","request_id":"{}"}})", request)};
}

TEST(ErrorMinutes, CountLinesAndRequestsInTheFirstSlotOfTheirMinute) {
  ErrorMinutes minutes;
  minutes.take(kNoon, kNoon + 2min,
               {error_at(1s, "a"),
                error_at(2s, "a"),
                error_at(59'999ms, "b"),
                error_at(60s, "a"),
                {kNoon + 3s, "web/web/0f1e", "no ERRORS here, errors are ordinary words"}});
  const auto slots = minutes.slots(kNoon);
  ASSERT_EQ(slots.size(), 1200U);
  EXPECT_EQ(slots[0], (ports::LogSlot{.start = kNoon, .error_lines = 3, .requests_with_errors = 2}));
  EXPECT_EQ(slots[1], (ports::LogSlot{.start = kNoon + 100ms}));
  EXPECT_EQ(slots[600], (ports::LogSlot{.start = kNoon + 1min, .error_lines = 1, .requests_with_errors = 1}));
  EXPECT_EQ(minutes.slots(kNoon + 1s).size(), 600U);  // whole minutes only
}

TEST(ErrorMinutes, AreReplacedByWhatIsReadLaterAndHaveNothingOfWhatNobodyRead) {
  ErrorMinutes minutes;
  minutes.take(kNoon, kNoon + 1min, {error_at(1s)});
  minutes.take(kNoon, kNoon + 1min, {error_at(1s), error_at(2s), error_at(61s)});
  minutes.take(kNoon + 3min, kNoon + 4min, {});
  const auto slots = minutes.slots(kNoon);
  ASSERT_EQ(slots.size(), 1200U);
  EXPECT_EQ(slots[0].error_lines, 2);
  EXPECT_EQ(slots[600].start, kNoon + 3min);
  minutes.take(kNoon + kLogMinutesKept, kNoon + kLogMinutesKept + 1min, {});
  EXPECT_EQ(minutes.slots(TimePoint{}).front().start, kNoon + 3min);
}

TEST(ErrorMinutes, KeepTheFirstLinesOfEachMinute) {
  ErrorMinutes minutes;
  std::vector<LogEvent> events;
  for (int i = 0; i < 50; ++i) events.push_back(error_at(Milliseconds(i), std::to_string(i)));
  events.push_back(error_at(90s, std::string(1000, 'x')));
  minutes.take(kNoon, kNoon + 2min, events);
  EXPECT_EQ(minutes.first_lines(kNoon, 3).size(), 3U);
  const auto lines = minutes.first_lines(kNoon + 5ms, 100);
  ASSERT_EQ(lines.size(), 6U);  // 5 to 9 of the first minute, and that of the second
  EXPECT_EQ(lines.front().at, kNoon + 5ms);
  EXPECT_EQ(lines.back().text.size(), kLongestErrorLine);
}

}  // namespace
}  // namespace sluice::aws
