#include "adapters/aws/minute_series.h"

#include <array>
#include <cmath>

namespace sluice::aws {
namespace {

constexpr Milliseconds kMinute = std::chrono::minutes{1};

std::int64_t count_of(double value) { return value > 0 ? std::llround(std::min(value, 4e9)) : 0; }

}  // namespace

analysis::LatencyHistogram histogram_of(const Minute& minute) {
  analysis::LatencyHistogram histogram;
  const std::int64_t requests = count_of(minute.requests);
  if (requests == 0 || minute.p50 <= 0) return histogram;
  const std::array<std::pair<double, double>, 5> levels = {
      {{0.5, minute.p50}, {0.9, minute.p90}, {0.95, minute.p95}, {0.99, minute.p99}, {1.0, minute.longest}}};
  std::int64_t counted = 0;
  for (const auto& [level, milliseconds] : levels) {
    const auto until = static_cast<std::int64_t>(std::ceil(level * static_cast<double>(requests) - 1e-9));
    const int bucket = analysis::latency_bucket(std::max(milliseconds, minute.p50));
    if (until <= counted || bucket < 0) continue;
    histogram.add_to_bucket(bucket, static_cast<std::uint32_t>(until - counted));
    counted = until;
  }
  return histogram;
}

std::vector<analysis::Slot> slots_of(const Minutes& minutes, TimePoint from, TimePoint until) {
  std::vector<analysis::Slot> slots;
  const auto first = std::chrono::ceil<std::chrono::minutes>(from);
  const auto last = std::chrono::floor<std::chrono::minutes>(until);
  for (auto start = first; start < last; start += std::chrono::minutes{1}) {
    const auto found = minutes.find(TimePoint(start));
    for (TimePoint at = start; at < start + kMinute; at += analysis::kSlotLength) {
      analysis::Slot& slot = slots.emplace_back(analysis::Slot{.start = at});
      if (at != start || found == minutes.end()) continue;
      const Minute& minute = found->second;
      slot.requests = count_of(minute.requests);
      slot.server_errors = std::min(slot.requests, count_of(minute.server_errors));
      slot.informational_and_success = slot.requests - slot.server_errors;
      slot.failed_health_checks = count_of(minute.unhealthy);
      slot.latency = histogram_of(minute);
    }
  }
  return slots;
}

}  // namespace sluice::aws
