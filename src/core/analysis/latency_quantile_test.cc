#include "core/analysis/latency_quantile.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sluice::analysis {
namespace {

TEST(LatencyQuantile, OfNothingIsZero) { EXPECT_EQ(latency_quantile({}, 0.95), 0); }

TEST(LatencyQuantile, LiesInItsBucketByTheShareThatIsAtOrUnderIt) {
  LatencyHistogram histogram;
  histogram.add_to_bucket(10, 80);
  histogram.add_to_bucket(20, 20);
  const double lower = latency_edge(19);
  EXPECT_DOUBLE_EQ(latency_quantile(histogram, 0.8), latency_edge(10));
  EXPECT_DOUBLE_EQ(latency_quantile(histogram, 0.9), lower + (latency_edge(20) - lower) / 2);
  EXPECT_LT(latency_quantile(histogram, 0.1), latency_quantile(histogram, 0.7));
}

TEST(LatencyQuantile, OfTheFirstBucketBeginsAtZero) {
  LatencyHistogram histogram;
  histogram.add_to_bucket(0, 4);
  EXPECT_DOUBLE_EQ(latency_quantile(histogram, 0.5), kLatencyFirstEdge / 2);
}

RC_GTEST_PROP(LatencyQuantile, NeverFallsAsTheShareRises, (std::vector<std::uint16_t> times)) {
  LatencyHistogram histogram;
  for (const auto time : times) histogram.add(time);
  double before = 0;
  for (int percent = 1; percent < 100; ++percent) {
    const double value = latency_quantile(histogram, percent / 100.0);
    RC_ASSERT(value >= before);
    before = value;
  }
}

}  // namespace
}  // namespace sluice::analysis
