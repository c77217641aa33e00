#include "core/rehearsal/dice.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::rehearsal {
namespace {

constexpr int kDraws = 200'000;

struct Moments {
  double mean = 0;
  double variance = 0;
};

template <typename Draw>
Moments moments(Draw draw) {
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto value = static_cast<double>(draw());
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

TEST(Dice, GiveTheSameNumbersForTheSameSeed) {
  Dice one(1);
  Dice same(1);
  Dice other(2);
  EXPECT_EQ(one.next(), same.next());
  EXPECT_NE(one.next(), other.next());
  // Of the published algorithm, computed independently.
  EXPECT_EQ(Dice(0).next(), 0x53175d61490b23dfULL);
}

TEST(Dice, CountsOfAPoissonProcessHaveItsMeanAndItsVariance) {
  Dice dice(3);
  for (const double mean : {0.05, 1.0, 9.0, 90.0}) {
    const Moments seen = moments([&] { return dice.poisson(mean); });
    EXPECT_NEAR(seen.mean, mean, 6 * std::sqrt(mean / kDraws));
    EXPECT_NEAR(seen.variance, mean, 0.05 * mean + 0.01);
  }
  EXPECT_EQ(dice.poisson(0), 0);
}

TEST(Dice, OtherLawsHaveTheirMoments) {
  Dice dice(4);
  EXPECT_NEAR(moments([&] { return dice.uniform(); }).variance, 1.0 / 12, 0.001);
  const Moments exponential = moments([&] { return dice.exponential(3); });
  EXPECT_NEAR(exponential.mean, 3, 0.05);
  EXPECT_NEAR(exponential.variance, 9, 0.4);
  const Moments geometric = moments([&] { return dice.geometric(5); });
  EXPECT_NEAR(geometric.mean, 5, 0.1);
  EXPECT_NEAR(geometric.variance, 20, 1);
  // A rate with the correlation 1 / (1 + strength) = 0.5 inside a group.
  const Moments beta = moments([&] { return dice.beta(0.2, 1); });
  EXPECT_NEAR(beta.mean, 0.2, 0.01);
  EXPECT_NEAR(beta.variance, 0.2 * 0.8 / 2, 0.005);
}

TEST(AliasTable, DrawsByItsWeights) {
  const AliasTable table({1, 0, 2, 5});
  Dice dice(5);
  std::array<int, 4> seen{};
  for (int i = 0; i < kDraws; ++i) ++seen.at(table.draw(dice));
  EXPECT_EQ(seen[1], 0);
  for (const auto& [index, share] : {std::pair{0, 0.125}, {2, 0.25}, {3, 0.625}}) {
    EXPECT_NEAR(seen.at(static_cast<std::size_t>(index)) / double{kDraws}, share, 0.006);
  }
}

}  // namespace
}  // namespace sluice::rehearsal
