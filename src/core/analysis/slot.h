// What one colour answered in 100 milliseconds: the unit in which telemetry reaches every check.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "core/analysis/latency_histogram.h"

namespace sluice::analysis {

inline constexpr Milliseconds kSlotLength{100};

/// What one replica's sample adds to Utilization::reserved; its share of that goes to `used`.
inline constexpr std::int64_t kWholeReservation = 10'000;

/// How much of what they reserve the replicas use: of several samples the mean. Nothing is reserved where none tells.
struct Utilization {
  std::int64_t reserved = 0;
  std::int64_t used = 0;  ///< More than `reserved`, where a replica may take more than it reserves.
  friend bool operator==(const Utilization&, const Utilization&) = default;
};

/// Counts of one colour in [start, start + 100 ms), by the time the answer ended. Smoke and probe requests are
/// not in it.
struct Slot {
  TimePoint start{};
  std::int64_t requests = 0;
  std::int64_t informational_and_success = 0;  ///< 1xx and 2xx.
  std::int64_t redirections = 0;               ///< 3xx.
  std::int64_t client_errors = 0;              ///< 4xx.
  std::int64_t server_errors = 0;  ///< 5xx, and attempts on this colour that failed and were retried elsewhere.
  std::int64_t failed_health_checks = 0;
  LatencyHistogram latency;  ///< Of the requests whose time is known, first byte in to last byte out.
  /// Requests with an error in the service's log, where log lines name their request.
  std::int64_t requests_with_log_errors = 0;
  std::int64_t log_error_lines = 0;  ///< Lines of level error or worse that the colour's replicas wrote.
  bool log_watched = false;          ///< Whether anybody read the replicas' logs; else the two counts say nothing.
  Utilization cpu;
  Utilization memory;
  bool utilization_watched = false;  ///< Whether anybody asked for the two.
  /// Of that replica of the service that used the most, whichever colour it is of: the same in both colours' slots.
  Utilization service_cpu;
  Utilization service_memory;
  friend bool operator==(const Slot&, const Slot&) = default;
};

}  // namespace sluice::analysis
