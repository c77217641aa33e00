// A threshold alarm: metric, comparison, threshold, period, M of N datapoints, how missing data counts, action.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice::analysis {

enum class Metric {
  ErrorRate,
  FailedHealthChecks,
  LatencyP50,
  LatencyP90,
  LatencyP95,
  LatencyP99,
  ErrorLogRate,    ///< Error lines of the service's log for each request.
  LatencyAverage,  ///< The mean of the requests' times.
  ErrorCount,      ///< 5xx answers.
  ErrorLogCount,   ///< Error lines.
  CpuUtilization,  ///< What the replicas used of the CPU that they reserve.
  MemoryUtilization,
  ServiceCpuUtilization,  ///< What that replica of the service, of either colour, used that used the most of its CPU.
  ServiceMemoryUtilization,
};
/// How the figure of a period comes from what happened in it.
enum class Statistic {
  Ratio,       ///< The bad ones of the requests, or what is used of what is reserved.
  Sum,         ///< A count.
  Percentile,  ///< Of the requests' times.
  Average,     ///< Of the requests' times.
};
/// What a threshold is measured against.
enum class Threshold {
  Absolute,
  /// BLUE's own figure of the same time, multiplied. Not for sums, nor where both colours have one figure.
  TimesBlue,
  /// BLUE's figure of the last N periods before the deployment began, multiplied. Not for sums.
  TimesBefore,
};
/// What a period without enough data counts as.
enum class Missing {
  Hold,  ///< At the end of a traffic step the deployment is held: losing telemetry is never health.
  Breaching,
  NotBreaching,
  Ignore,  ///< The period is skipped and the one before it counts.
};
enum class Action { Rollback, Hold };

inline constexpr Milliseconds kShortestPeriod{1000};
inline constexpr Milliseconds kLongestPeriod{std::chrono::hours{24}};
/// The most periods (N) that an alarm looks at.
inline constexpr int kMostPeriods = 100;
/// The farthest back that an alarm looks: telemetry keeps no more.
inline constexpr Milliseconds kLongestLookback{std::chrono::hours{1}};

struct Alarm {
  std::string name;
  Metric metric = Metric::ErrorRate;
  /// A share (1: one for each request), a count a period, or milliseconds; else the factor.
  double above = 0;
  Threshold threshold = Threshold::Absolute;
  int datapoints = 1;          ///< M: breaching periods …
  int out_of = 1;              ///< N: … among the last N.
  Milliseconds every{60'000};  ///< The period, kShortestPeriod to kLongestPeriod.
  /// Requests in a period below which it counts as missing (not for health checks and utilization).
  long minimum_samples = 1;
  Missing missing = Missing::Hold;
  Action then = Action::Rollback;
  /// What a breach does in place of a rollback when BLUE's traffic explains it. Absolute thresholds only.
  Action gate_on_blue = Action::Rollback;
  friend bool operator==(const Alarm&, const Alarm&) = default;
};

/// A multiple of BLUE's figure, now or before: nothing to judge without a BLUE.
inline bool is_relative(const Alarm& alarm) { return alarm.threshold != Threshold::Absolute; }

Statistic statistic_of(Metric metric);
/// A figure in milliseconds: a percentile or the average.
bool is_latency(Metric metric);
/// What replicas used of what they reserve: no requests are counted.
bool is_utilization(Metric metric);
/// A utilization of all replicas of the service, which has no BLUE of its own to compare with.
bool is_of_service(Metric metric);
/// A utilization of GREEN's own replicas.
bool is_of_replicas(Metric metric);
/// Of a percentile: 0.95 for LatencyP95. 0 for what is none.
double quantile_of(Metric metric);

std::string_view to_string(Metric metric);
std::optional<Metric> parse_metric(std::string_view name);
std::string_view to_string(Threshold threshold);
std::optional<Threshold> parse_threshold(std::string_view name);
std::string_view to_string(Missing missing);
std::optional<Missing> parse_missing(std::string_view name);
std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view name);

}  // namespace sluice::analysis
