#include "core/analysis/rank_histogram.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

Status check(std::int64_t total, std::span<const PercentileRank> ranks) {
  if (total < 0 || total > std::numeric_limits<std::uint32_t>::max()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("percentile ranks of {} requests: not a number of requests", total)};
  }
  PercentileRank before;
  for (const PercentileRank& rank : ranks) {
    const bool rises = rank.milliseconds >= before.milliseconds && rank.share >= before.share;
    if (!rises || !(rank.share <= 1) || !std::isfinite(rank.milliseconds)) {
      return Error{
          ErrorKind::InvalidInput,
          fmt::format("the percentile rank {:g} at {:g} ms does not follow {:g} at {:g} ms: both must rise, and the "
                      "rank lies between 0 and 1",
                      rank.share, rank.milliseconds, before.share, before.milliseconds)};
    }
    before = rank;
  }
  return {};
}

}  // namespace

Result<LatencyHistogram> histogram_of_ranks(std::int64_t total, std::span<const PercentileRank> ranks,
                                            Between between) {
  TRY(check(total, ranks));
  const bool is_slow = between == Between::Slow;
  LatencyHistogram histogram;
  std::int64_t counted = 0;
  int from = 0;
  for (const PercentileRank& rank : ranks) {
    const double exact = rank.share * static_cast<double>(total);
    // A request more or less at this rank is rounded to the same side.
    const auto until = static_cast<std::int64_t>(is_slow ? std::floor(exact) : std::ceil(exact));
    const int bucket = latency_bucket(rank.milliseconds);
    histogram.add_to_bucket(is_slow ? bucket : from, static_cast<std::uint32_t>(until - counted));
    counted = until;
    from = bucket;
  }
  histogram.add_to_bucket(is_slow ? kLatencyBuckets - 1 : from, static_cast<std::uint32_t>(total - counted));
  return histogram;
}

}  // namespace sluice::analysis
