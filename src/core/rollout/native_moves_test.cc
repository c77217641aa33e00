#include "core/rollout/native_moves.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

using Shares = std::vector<int>;

TEST(NativeMoves, ExpressesAllAtOnceOneSmallerStepAndEqualOnes) {
  EXPECT_EQ(nearest_native_moves({100}), NativeMoves{});
  EXPECT_EQ(nearest_native_moves({7, 100}), (NativeMoves{7, false}));
  EXPECT_EQ(nearest_native_moves({25, 50, 75, 100}), (NativeMoves{25, true}));
  for (int share = 1; share < 100; ++share) {
    const Shares canary{share, 100};
    EXPECT_EQ(shares_of(nearest_native_moves(canary)), canary);
  }
}

TEST(NativeMoves, OffersTheNearestOfWhatItCannotExpress) {
  EXPECT_EQ(shares_of(nearest_native_moves({10, 50, 100})), (Shares{10, 100}));
  EXPECT_EQ(shares_of(nearest_native_moves({24, 51, 75, 100})), (Shares{25, 50, 75, 100}));
  EXPECT_EQ(shares_of(nearest_native_moves({30, 60, 90, 100})), (Shares{30, 100}))
      << "what ECS makes of the last 10% of steps of 30% is not documented";
}

TEST(NativeMoves, AreCalledAsEcsCallsThem) {
  EXPECT_EQ(strategy_of({}), "BLUE_GREEN");
  EXPECT_EQ(strategy_of({10, false}), "CANARY");
  EXPECT_EQ(strategy_of({20, true}), "LINEAR");
}

}  // namespace
}  // namespace sluice::rollout
