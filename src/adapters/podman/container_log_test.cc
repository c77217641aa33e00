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

TEST(ContainerLog, HasNoLinesWithoutAFile) { EXPECT_TRUE(log_tail("/nonexistent/ctr.log", 5).empty()); }

}  // namespace
}  // namespace sluice::podman
