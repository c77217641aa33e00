#include "core/analysis/upper_bound.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

namespace sluice::analysis {
namespace {

TEST(DifferenceBound, IsWhatSixtyDigitsGive) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/analysis/bounds.txt");
  std::string line;
  std::getline(file, line);
  int lines = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    double alpha = 0, expected = 0;
    int blocks = 0;
    fields >> alpha >> expected >> blocks;
    DifferenceBound bound(0.001, 200);
    for (int i = 0; i < blocks; ++i) {
      BlockCounts block;
      double tempering = 0;
      fields >> block.green.requests >> block.green.events >> block.blue.requests >> block.blue.events >> tempering;
      bound.add(block, tempering);
    }
    ASSERT_TRUE(fields) << line;
    EXPECT_NEAR(bound.difference_below(alpha).value(), expected, 1e-10 * (1 + std::abs(expected))) << line;
    ++lines;
  }
  EXPECT_GE(lines, 20);
}

TEST(DifferenceBound, IsNoneBeforeABlock) {
  DifferenceBound bound(0.001, 200);
  EXPECT_EQ(bound.difference_below(0.05), std::nullopt);
  bound.add({.green = {5, 0}}, 1);
  EXPECT_EQ(bound.difference_below(0.05), std::nullopt);
}

/// Without errors it is about log(1/alpha) over GREEN's requests: 2400 of them and no error is "at most 0.2 points".
TEST(DifferenceBound, TightensWithRequests) {
  DifferenceBound bound(0.001, 200);
  for (int i = 0; i < 1200; ++i) bound.add({.green = {2, 0}, .blue = {18, 0}}, 1);
  EXPECT_LT(bound.difference_below(0.05).value(), 0.0025);
  EXPECT_GT(bound.difference_below(0.05).value(), 0.0012);
}

/// How many of many streams have, at any moment, an average difference above the bound: rates drift, and GREEN is
/// sometimes worse and sometimes better.
TEST(DifferenceBound, HoldsAtEveryMomentWhateverTheRatesDo) {
  std::mt19937_64 random(7);
  constexpr int kStreams = 2000;
  int missed = 0;
  for (int stream = 0; stream < kStreams; ++stream) {
    DifferenceBound bound(0.001, 200);
    double weight = 0, sum = 0;
    bool is_missed = false;
    for (int i = 0; i < 150; ++i) {
      const double blue = 0.02 + 0.02 * std::sin(i / 10.0 + stream);
      const double green = blue + 0.03 + 0.03 * std::cos(i / 25.0);
      const BlockCounts block{.green = {4, std::binomial_distribution<int>(4, green)(random)},
                              .blue = {16, std::binomial_distribution<int>(16, blue)(random)}};
      bound.add(block, 1);
      weight += 3.2;
      sum += 3.2 * (green - blue);
      is_missed = is_missed || bound.difference_below(0.05).value() < sum / weight;
    }
    missed += is_missed;
  }
  EXPECT_LT(missed, kStreams * 0.05);
}

RC_GTEST_PROP(RateBound, LiesAboveWhatWasSeenAndFallsWithAlpha, ()) {
  RateBound bound(0.001, 200);
  std::int64_t requests = 0, events = 0;
  const int blocks = *rc::gen::inRange(1, 30);
  for (int i = 0; i < blocks; ++i) {
    const std::int64_t n = *rc::gen::inRange(1, 1000);
    const std::int64_t k = *rc::gen::inRange<std::int64_t>(0, n + 1);
    bound.add({n, k}, 1);
    requests += n;
    events += k;
  }
  const double seen = static_cast<double>(events) / static_cast<double>(requests);
  RC_ASSERT(bound.rate_below(0.01).value() > bound.rate_below(0.1).value());
  RC_ASSERT(bound.rate_below(0.1).value() > seen);
}

TEST(RateBound, IsNearTheRateOfABlueThatWasWatchedForLong) {
  RateBound bound(0.001, 200);
  for (int i = 0; i < 1000; ++i) bound.add({90, i % 22 == 0}, 1);  // 0.05%
  EXPECT_GT(bound.rate_below(0.05).value(), 0.0005);
  EXPECT_LT(bound.rate_below(0.05).value(), 0.001);
}

}  // namespace
}  // namespace sluice::analysis
