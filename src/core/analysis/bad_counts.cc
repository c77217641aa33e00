#include "core/analysis/bad_counts.h"

#include <algorithm>
#include <utility>

namespace sluice::analysis {
namespace {

ColourCounts slow_counts(int slow_bucket, const LatencyHistogram& latency) {
  ColourCounts counts;
  for (const LatencyHistogram::Entry& entry : latency.entries()) {
    counts.requests += entry.count;
    if (entry.bucket >= slow_bucket) counts.events += entry.count;
  }
  return counts;
}

}  // namespace

ColourCounts bad_counts(Metric metric, int slow_bucket, const Slot& slot) {
  switch (metric) {
    // Attempts that failed here and were retried elsewhere are errors of this colour without a request of it.
    case Metric::ErrorRate:
    case Metric::ErrorCount: return {std::max(slot.requests, slot.server_errors), slot.server_errors};
    case Metric::FailedHealthChecks: return {slot.requests, slot.failed_health_checks};
    case Metric::ErrorLogRate:
    case Metric::ErrorLogCount: return {slot.log_watched ? slot.requests : 0, slot.log_error_lines};
    case Metric::CpuUtilization: return {slot.cpu.reserved, slot.cpu.used};
    case Metric::MemoryUtilization: return {slot.memory.reserved, slot.memory.used};
    case Metric::ServiceCpuUtilization: return {slot.service_cpu.reserved, slot.service_cpu.used};
    case Metric::ServiceMemoryUtilization: return {slot.service_memory.reserved, slot.service_memory.used};
    case Metric::LatencyP50:
    case Metric::LatencyP90:
    case Metric::LatencyP95:
    case Metric::LatencyP99:
    case Metric::LatencyAverage: return slow_counts(slow_bucket, slot.latency);
  }
  std::unreachable();
}

int slow_bucket(const Alarm& alarm) { return is_latency(alarm.metric) ? std::max(0, latency_bucket(alarm.above)) : 0; }

}  // namespace sluice::analysis
