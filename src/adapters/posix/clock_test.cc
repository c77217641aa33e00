#include "adapters/posix/clock.h"

#include <gtest/gtest.h>

namespace sluice::posix {
namespace {

TEST(Clock, TellsTheWallClockTime) {
  const Clock clock;
  const auto wall = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  EXPECT_LT(std::chrono::abs(clock.now() - wall), std::chrono::minutes(1));
}

TEST(Clock, NeverRunsBackwards) {
  const Clock clock;
  TimePoint last = clock.now();
  for (int i = 0; i < 10'000; ++i) {
    const TimePoint now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace sluice::posix
