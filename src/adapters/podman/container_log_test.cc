#include "adapters/podman/container_log.h"

#include <gtest/gtest.h>

namespace sluice::podman {
namespace {

TEST(ContainerLog, JoinsPartsAndKeepsEmptyLines) {
  const auto lines = parse_log("t1 stdout F one\nt2 stderr P tw\nt3 stderr F o\nt4 stdout F \n", false);
  EXPECT_EQ(lines, (std::vector<LogLine>{{"t1", "one"}, {"t2", "two"}, {"t4", ""}}));
}

TEST(ContainerLog, LeavesOutACutFirstLineAndGarbage) {
  EXPECT_EQ(parse_log("out F end of a line\nt2 stdout F whole\nx\n", true), (std::vector<LogLine>{{"t2", "whole"}}));
}

TEST(ContainerLog, ReadsTheTimesThatPodmanWrites) {
  const TimePoint utc{Milliseconds(1'795'660'293'123)};  // 2026-11-26T02:31:33.123Z
  EXPECT_EQ(parse_log_time("2026-11-26T02:31:33.123456789+00:00"), utc);
  EXPECT_EQ(parse_log_time("2026-11-26T02:31:33.123Z"), utc);
  EXPECT_EQ(parse_log_time("2026-11-26T03:01:33.123999999+00:30"), utc);
  EXPECT_EQ(parse_log_time("2026-11-25T18:31:33.123-08:00"), utc);
  for (const char* text : {"", "2026-11-26T02:31:33", "2026-11-26T02:31:33.1", "2026-11-26T02:31:33+0:00", "t1"}) {
    EXPECT_FALSE(parse_log_time(text).has_value()) << text;
  }
}

TEST(ContainerLog, HasNoLinesWithoutAFile) { EXPECT_TRUE(log_tail("/nonexistent/ctr.log", 5).empty()); }

}  // namespace
}  // namespace sluice::podman
