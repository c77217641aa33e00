#include "core/rollout/codedeploy_moves.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

using Shares = std::vector<int>;

TEST(CodeDeployMoves, KnowsTheConfigurationsThatEveryAccountHas) {
  for (const std::string_view name : kPredefinedMoves) EXPECT_TRUE(predefined_moves(name)) << name;
  EXPECT_FALSE(predefined_moves("CodeDeployDefault.LambdaAllAtOnce"));
  EXPECT_EQ(shares_of(*predefined_moves(kAllAtOnce)), Shares{100});
  EXPECT_EQ(shares_of(*predefined_moves("CodeDeployDefault.ECSCanary10Percent15Minutes")), (Shares{10, 100}));
  EXPECT_EQ(shares_of(*predefined_moves("CodeDeployDefault.ECSLinear10PercentEvery1Minutes")),
            (Shares{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(shares_of({30, true}), (Shares{30, 60, 90, 100}));
}

TEST(CodeDeployMoves, ExpressesEveryStepListThatItHasAFormFor) {
  for (int share = 1; share < 100; ++share) {
    for (const bool is_linear : {false, true}) {
      const Shares wanted = shares_of({share, is_linear});
      EXPECT_EQ(shares_of(nearest_moves(wanted)), wanted);
    }
  }
  EXPECT_EQ(shares_of(nearest_moves({100})), Shares{100});
}

TEST(CodeDeployMoves, OffersTheNearestOfWhatItCannotExpress) {
  EXPECT_EQ(shares_of(nearest_moves({10, 50, 100})), (Shares{10, 100}));
  EXPECT_EQ(shares_of(nearest_moves({24, 51, 75, 100})), (Shares{25, 50, 75, 100}));
  EXPECT_EQ(describe_shares({10, 100}), "10%, 100%");
}

}  // namespace
}  // namespace sluice::rollout
