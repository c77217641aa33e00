#include "core/analysis/latency_histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

TEST(LatencyBucket, HoldsWhatLiesBetweenItsEdges) {
  EXPECT_EQ(latency_bucket(0), 0);
  EXPECT_EQ(latency_bucket(kLatencyFirstEdge), 0);
  EXPECT_EQ(latency_bucket(std::nextafter(kLatencyFirstEdge, 1.0)), 1);
  for (int i = 1; i < kLatencyBuckets; ++i) {
    EXPECT_EQ(latency_bucket(latency_edge(i)), i);
    EXPECT_EQ(latency_bucket(std::nextafter(latency_edge(i - 1), 1e9)), i);
  }
  EXPECT_NEAR(latency_edge(100), kLatencyFirstEdge * std::pow(kLatencyGrowth, 100), 1e-9);
}

TEST(LatencyBucket, IsTheLastForWhatIsSlowerThanAll) {
  EXPECT_EQ(latency_bucket(1e12), kLatencyBuckets - 1);
  EXPECT_EQ(latency_bucket(std::numeric_limits<double>::infinity()), kLatencyBuckets - 1);
}

TEST(LatencyBucket, IsNoneForWhatIsNoLatency) {
  LatencyHistogram histogram;
  EXPECT_EQ(latency_bucket(std::numeric_limits<double>::quiet_NaN()), -1);
  EXPECT_FALSE(histogram.add(-1));
  EXPECT_FALSE(histogram.add(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(histogram.empty());
  EXPECT_EQ(histogram.quantile_bucket(0.5), -1);
}

RC_GTEST_PROP(LatencyHistogram, MergedPartsEqualTheWhole,
              (std::vector<std::uint16_t> first, std::vector<std::uint16_t> second)) {
  LatencyHistogram left, right, whole;
  for (const double value : first) RC_ASSERT(left.add(value) && whole.add(value));
  for (const double value : second) RC_ASSERT(right.add(value) && whole.add(value));
  left.merge(right);
  RC_ASSERT(left == whole);
  RC_ASSERT(whole.total() == static_cast<std::int64_t>(first.size() + second.size()));
}

RC_GTEST_PROP(LatencyHistogram, QuantileIsTheSortedValueRoundedUpToItsEdge, (std::vector<std::uint16_t> values)) {
  RC_PRE(!values.empty());
  const double q = *rc::gen::element(0.01, 0.25, 0.5, 0.8, 0.95, 0.99);
  LatencyHistogram histogram;
  for (const double value : values) histogram.add(value);
  std::ranges::sort(values);
  const auto rank =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))));
  const double exact = values[rank - 1];
  const int bucket = histogram.quantile_bucket(q);
  RC_ASSERT(bucket == latency_bucket(exact));
  const auto slower = std::ranges::count_if(values, [&](double value) { return latency_bucket(value) > bucket; });
  RC_ASSERT(histogram.count_above(bucket) == slower);
}

}  // namespace
}  // namespace sluice::analysis
