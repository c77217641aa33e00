// A threshold alarm: metric, comparison, threshold, period, M of N datapoints, how missing data counts, action.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice::analysis {

enum class Metric { ErrorRate, FailedHealthChecks };
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
  double above = 0;            ///< ErrorRate: share 0..1. FailedHealthChecks: a count a period.
  int datapoints = 1;          ///< M: breaching periods …
  int out_of = 1;              ///< N: … among the last N.
  Milliseconds every{60'000};  ///< The period, kShortestPeriod to kLongestPeriod.
  long minimum_samples = 1;    ///< Requests in a period below which it counts as missing (ratios only).
  Missing missing = Missing::Hold;
  Action then = Action::Rollback;
  friend bool operator==(const Alarm&, const Alarm&) = default;
};

std::string_view to_string(Metric metric);
std::optional<Metric> parse_metric(std::string_view name);
std::string_view to_string(Missing missing);
std::optional<Missing> parse_missing(std::string_view name);
std::string_view to_string(Action action);
std::optional<Action> parse_action(std::string_view name);

}  // namespace sluice::analysis
