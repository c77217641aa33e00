#include "core/analysis/stamp_skew.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

/// One line in a batch of its own.
TimePoint alone(StampSkew& skew, TimePoint stamp, TimePoint now) {
  const TimePoint moment = skew.moment_of(stamp, now);
  skew.end_batch();
  return moment;
}

TEST(StampSkew, LeavesStampsAloneWhileBothClocksAgree) {
  StampSkew skew;
  for (int i = 0; i < 10; ++i) {
    const TimePoint stamp = kStart + seconds{i};
    EXPECT_EQ(alone(skew, stamp, stamp + Milliseconds{12}), stamp);
  }
}

TEST(StampSkew, TakesAStepOutFromTheThirdBatchOn) {
  for (const Milliseconds step : {Milliseconds{-3'600'000}, Milliseconds{-2000}, Milliseconds{2000}}) {
    StampSkew skew;
    alone(skew, kStart, kStart);
    alone(skew, kStart + seconds{1} + step, kStart + seconds{1});
    alone(skew, kStart + seconds{2} + step, kStart + seconds{2});
    EXPECT_EQ(alone(skew, kStart + seconds{3} + step, kStart + seconds{3}), kStart + seconds{3}) << step.count();
  }
}

TEST(StampSkew, NoLineIsEverInTheFuture) {
  StampSkew skew;
  EXPECT_EQ(alone(skew, kStart + seconds{5}, kStart), kStart);
}

TEST(StampSkew, AReaderThatStoodStillIsNoStep) {
  StampSkew skew;
  const TimePoint now = kStart + seconds{3};
  for (int i = 0; i <= 30; ++i) {  // all that came meanwhile, in one batch
    const TimePoint stamp = kStart + Milliseconds{100} * i;
    EXPECT_EQ(skew.moment_of(stamp, now), stamp);
  }
  skew.end_batch();
  EXPECT_EQ(alone(skew, now, now), now);
}

TEST(StampSkew, OneOldLineIsNoStepEither) {
  StampSkew skew;
  EXPECT_EQ(alone(skew, kStart, kStart + seconds{2}), kStart);
  EXPECT_EQ(alone(skew, kStart + seconds{3}, kStart + seconds{3}), kStart + seconds{3});
  EXPECT_EQ(alone(skew, kStart + seconds{3}, kStart + seconds{5}), kStart + seconds{3});
}

}  // namespace
}  // namespace sluice::analysis
