#include "core/rehearsal/proportion.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::rehearsal {
namespace {

// Values of scipy.stats.binom.sf and scipy.stats.beta.ppf.
TEST(Proportion, KnowsTheBinomialTail) {
  EXPECT_NEAR(chance_of_at_least(1, 10, 0.1), 1 - std::pow(0.9, 10), 1e-12);
  EXPECT_NEAR(chance_of_at_least(5, 100, 0.01), 0.003432, 1e-6);
  EXPECT_EQ(chance_of_at_least(0, 10, 0.1), 1);
  EXPECT_EQ(chance_of_at_least(11, 10, 0.1), 0);
  EXPECT_EQ(chance_of_at_least(1, 10, 0), 0);
}

TEST(Proportion, BoundsAChanceFromAbove) {
  EXPECT_NEAR(upper_bound_of_chance(0, 3000, 0.95), 1 - std::pow(0.05, 1.0 / 3000), 1e-9);
  EXPECT_NEAR(upper_bound_of_chance(3, 100, 0.95), 0.075711, 1e-5);
  EXPECT_EQ(upper_bound_of_chance(5, 5, 0.95), 1);
}

TEST(Proportion, KnowsWhatIsImprobable) {
  const std::int64_t count = improbable_count(250, 0.01, 1e-8);
  EXPECT_LT(chance_of_at_least(count, 250, 0.01), 1e-8);
  EXPECT_GE(chance_of_at_least(count - 1, 250, 0.01), 1e-8);
  EXPECT_EQ(improbable_count(3, 0.5, 1e-8), 4);
}

}  // namespace
}  // namespace sluice::rehearsal
