#include "adapters/aws/minute_series.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/analysis/rank_histogram.h"

namespace sluice::aws {
namespace {

constexpr Milliseconds kMinute = std::chrono::minutes{1};
constexpr Milliseconds kComparedWith = std::chrono::minutes{15};

/// What a count is below, all but surely.
double at_most(double count) {
  constexpr double kDeviations = 3;
  constexpr double kBesides = 3;  // of few
  return count + kDeviations * std::sqrt(count) + kBesides;
}

/// CloudWatch estimates each percentile by itself, so a higher one may come out lower: none falls here.
std::array<analysis::PercentileRank, kPercentiles.size()> ranks_of(const Minute& minute) {
  std::array<analysis::PercentileRank, kPercentiles.size()> ranks;
  double slowest = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    slowest = std::max(slowest, minute.*kPercentiles[i].member);
    ranks[i] = {slowest, kPercentiles[i].share};
  }
  return ranks;
}

std::int64_t count_of(double value) { return value > 0 ? std::llround(std::min(value, 4e9)) : 0; }

analysis::Utilization used_of_whole(std::optional<double> percent) {
  if (!percent) return {};
  constexpr double kMostPercent = 100'000;
  const double share = std::clamp(*percent, 0.0, kMostPercent) / 100;
  return {.reserved = analysis::kWholeReservation,
          .used = std::llround(share * static_cast<double>(analysis::kWholeReservation))};
}

}  // namespace

analysis::LatencyHistogram histogram_of(const Minute& minute) {
  analysis::LatencyHistogram histogram;
  const std::int64_t requests = count_of(minute.requests);
  if (requests == 0 || minute.p50 <= 0) return histogram;
  std::int64_t counted = 0;
  for (const analysis::PercentileRank& rank : ranks_of(minute)) {
    const auto until = static_cast<std::int64_t>(std::ceil(rank.share * static_cast<double>(requests) - 1e-9));
    if (until <= counted) continue;
    const int bucket = analysis::latency_bucket(rank.milliseconds);
    histogram.add_to_bucket(bucket, static_cast<std::uint32_t>(until - counted));
    counted = until;
  }
  return histogram;
}

analysis::LatencyHistogram fastest_of(const Minute& minute) {
  const std::int64_t requests = count_of(minute.requests);
  if (requests == 0 || minute.p50 <= 0) return {};
  return analysis::histogram_of_ranks(requests, ranks_of(minute), analysis::Between::Fast)
      .value_or(analysis::LatencyHistogram{});
}

std::int64_t unexplained(const Minute& minute, TimePoint at, const Minutes& other) {
  double requests = 0;
  double unanswered = 0;
  for (auto each = other.upper_bound(at - kComparedWith); each != other.end() && each->first <= at; ++each) {
    requests += each->second.requests;
    unanswered += each->second.unanswered;
  }
  if (requests <= 0) return 0;
  const double share = std::min(1.0, at_most(unanswered) / requests);
  return count_of(minute.unanswered - at_most(share * minute.requests));
}

ports::Measurements measurements_of(const Minutes& minutes, const Minutes& other, TimePoint from, TimePoint until) {
  ports::Measurements measured;
  const auto first = std::chrono::ceil<std::chrono::minutes>(from);
  const auto last = std::chrono::floor<std::chrono::minutes>(until);
  for (auto start = first; start < last; start += std::chrono::minutes{1}) {
    const auto found = minutes.find(TimePoint(start));
    for (TimePoint at = start; at < start + kMinute; at += analysis::kSlotLength) {
      analysis::Slot& slot = measured.slots.emplace_back(analysis::Slot{.start = at});
      if (at != start || found == minutes.end()) continue;
      const Minute& minute = found->second;
      slot.requests = count_of(minute.requests);
      slot.server_errors = std::min(slot.requests, count_of(minute.server_errors) + unexplained(minute, at, other));
      slot.informational_and_success = slot.requests - slot.server_errors;
      slot.failed_health_checks = count_of(minute.unhealthy);
      slot.latency = histogram_of(minute);
      slot.service_cpu = used_of_whole(minute.service_cpu);
      slot.service_memory = used_of_whole(minute.service_memory);
      measured.fastest.emplace(at, fastest_of(minute));
    }
  }
  return measured;
}

}  // namespace sluice::aws
