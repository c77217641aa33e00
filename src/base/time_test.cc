#include "base/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(Duration, NeedsAUnit) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("1.5m"), 90s);
  EXPECT_EQ(*parse_duration("2h"), 2h);
  for (const char* text : {"", "5", "s", "-1s", "5 s", "5sec", "999999d", "nan", "infs"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(Duration, ReadsWellForPeople) {
  EXPECT_EQ(format_duration(850ms), "850ms");
  EXPECT_EQ(format_duration(12'349ms), "12.3s");
  EXPECT_EQ(format_duration(320s), "5m 20s");
  EXPECT_EQ(format_duration(125min), "2h 5m");
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-11-23T25:00:00Z", "2026-11-23T15:28:48",
                           "2026-11-23T15:28:48.Z", "2026-11-23T15:28:48+01:00", "2026-02-30T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

RC_GTEST_PROP(Rfc3339, PrintsWhatItReads, ()) {
  const TimePoint time{Milliseconds{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)}};
  RC_ASSERT(*parse_rfc3339(format_rfc3339(time)) == time);
}

}  // namespace
}  // namespace sluice
