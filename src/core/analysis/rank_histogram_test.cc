#include "core/analysis/rank_histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace sluice::analysis {
namespace {

RC_GTEST_PROP(RankHistogram, TakesBlueForAtLeastAsSlowAndGreenForAtMostAsSlowAsTheyAre,
              (std::vector<std::uint16_t> latencies)) {
  LatencyHistogram exact;
  for (const double value : latencies) exact.add(value);
  const auto total = static_cast<std::int64_t>(latencies.size());
  std::vector<PercentileRank> ranks;
  for (const double at : {1.0, 40.0, 300.0, 5000.0, 60000.0}) {
    const auto under = std::ranges::count_if(latencies, [&](double value) { return value <= at; });
    ranks.push_back({at, total > 0 ? static_cast<double>(under) / static_cast<double>(total) : 0});
  }
  const auto slow = histogram_of_ranks(total, ranks, Between::Slow).value();
  const auto fast = histogram_of_ranks(total, ranks, Between::Fast).value();
  RC_ASSERT(slow.total() == total);
  RC_ASSERT(fast.total() == total);
  for (int bucket = 0; bucket < kLatencyBuckets; ++bucket) {
    RC_ASSERT(slow.count_above(bucket) >= exact.count_above(bucket));
    // A rounded rank may take one request for faster than it is, never for slower.
    RC_ASSERT(fast.count_above(bucket) <= exact.count_above(bucket));
  }
}

TEST(RankHistogram, RefusesRanksThatFall) {
  const PercentileRank falling[] = {{10, 0.5}, {20, 0.4}};
  EXPECT_EQ(
      histogram_of_ranks(100, falling, Between::Slow).error().message,
      "the percentile rank 0.4 at 20 ms does not follow 0.5 at 10 ms: both must rise, and the rank lies between 0 "
      "and 1");
  const PercentileRank over[] = {{10, 1.5}};
  EXPECT_FALSE(histogram_of_ranks(100, over, Between::Slow));
  EXPECT_FALSE(histogram_of_ranks(-1, {}, Between::Fast));
}

}  // namespace
}  // namespace sluice::analysis
