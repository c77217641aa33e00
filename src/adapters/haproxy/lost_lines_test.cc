#include "adapters/haproxy/lost_lines.h"

#include <gtest/gtest.h>

namespace sluice::haproxy {
namespace {

constexpr TimePoint kStart{Milliseconds(1'795'450'685'200)};

class LostLinesTest : public testing::Test {
 protected:
  void add_lines(int count, int worker = 7) {
    for (int i = 0; i < count; ++i) lines_.add_line(worker);
  }
  void read(Milliseconds after, long long requests, int worker = 7, bool heard_whole = false) {
    lines_.read({.at = kStart + after,
                 .worker = worker,
                 .requests = requests,
                 .lines_before = lines_.lines_of(worker),
                 .heard_whole = heard_whole});
  }
  long long lost(Milliseconds after = Milliseconds(-10'000)) const { return lines_.lost_since(kStart + after); }

  LostLines lines_;
};

TEST_F(LostLinesTest, AreWhatTheCounterIsAheadByMoreThanAtFirst) {
  add_lines(1);
  read(Milliseconds(0), 101);  // 100 before this began to listen.
  add_lines(1);
  read(Milliseconds(500), 102);
  EXPECT_EQ(lost(), 0);
  read(Milliseconds(1000), 105);
  EXPECT_EQ(lost(), 3);
  EXPECT_EQ(lost(Milliseconds(1001)), 0);
  read(Milliseconds(1500), 105);
  EXPECT_EQ(lost(), 3) << "counted once";
}

TEST_F(LostLinesTest, OfAWorkerHeardFromItsFirstBreathAreFoundFromItsFirstRequest) {
  add_lines(10);
  read(Milliseconds(0), 10);
  add_lines(20, 8);
  read(Milliseconds(500), 25, 8, true);
  EXPECT_EQ(lost(), 5);
}

TEST_F(LostLinesTest, ARestartOrAResetOfTheCountersIsNoLossAndHidesNone) {
  add_lines(100);
  read(Milliseconds(0), 100);
  read(Milliseconds(500), 0, 8);  // a new worker counts from zero
  EXPECT_EQ(lost(), 0);
  add_lines(50, 8);
  read(Milliseconds(1000), 50, 8);
  EXPECT_EQ(lost(), 0);
  read(Milliseconds(1500), 2, 8);  // `clear counters`, and two requests under way to us
  EXPECT_EQ(lost(), 0);
  add_lines(10, 8);
  read(Milliseconds(2000), 15, 8);
  EXPECT_EQ(lost(), 3);
}

TEST_F(LostLinesTest, MoreThanOneInAHundredAreATimeThatNobodyWatched) {
  read(Milliseconds(0), 0);
  add_lines(990);
  read(Milliseconds(500), 1000);
  EXPECT_EQ(lost(), 10);
  EXPECT_TRUE(lines_.unwatched().empty());
  add_lines(989);
  read(Milliseconds(1000), 2000);
  read(Milliseconds(1500), 2100);
  ASSERT_EQ(lines_.unwatched().size(), 1u) << "spans that touch are one";
  EXPECT_EQ(lines_.unwatched().front().from, kStart + Milliseconds(500));
  EXPECT_EQ(lines_.unwatched().front().to, kStart + Milliseconds(1500));
  lines_.forget_before(kStart + Milliseconds(1501));
  EXPECT_TRUE(lines_.unwatched().empty());
  EXPECT_EQ(lost(), 0);
}

}  // namespace
}  // namespace sluice::haproxy
