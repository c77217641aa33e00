// What CloudWatch tells of a colour, minute by minute, as the slots that the checks take.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"
#include "ports/telemetry.h"

namespace sluice::aws {

/// One minute of a target group, or of a version of a function. Times in milliseconds, 0 where nothing was answered.
struct Minute {
  double requests = 0;
  double answered = 0;       ///< By a target of a load balancer, with another status than 5xx.
  double server_errors = 0;  ///< Answers of the targets with 5xx; invocations that failed.
  /// For which a target was chosen that then gave no answer: it broke off, or took too long, and the load balancer made
  /// up a 502 or 504. An upgrade to a WebSocket and a user who went away look the same.
  double unanswered = 0;
  double unhealthy = 0;  ///< The most targets that failed their health checks at once.
  double p10 = 0;
  double p25 = 0;
  double p50 = 0;
  double p65 = 0;
  double p80 = 0;
  double p90 = 0;
  double p95 = 0;
  double p99 = 0;
  double longest = 0;
  /// In percent of what it reserves: what that task of the whole service used that used the most. Nothing where nobody
  /// tells.
  std::optional<double> service_cpu;
  std::optional<double> service_memory;
};

/// A percentile as CloudWatch names it, and the member that it is.
struct Percentile {
  std::string_view id;  ///< As Figure's.
  std::string_view statistic;
  double share = 0;
  double Minute::* member = nullptr;
};
inline constexpr std::array kPercentiles = {
    Percentile{"p10", "p10", 0.1, &Minute::p10},           Percentile{"p25", "p25", 0.25, &Minute::p25},
    Percentile{"p50", "p50", 0.5, &Minute::p50},           Percentile{"p65", "p65", 0.65, &Minute::p65},
    Percentile{"p80", "p80", 0.8, &Minute::p80},           Percentile{"p90", "p90", 0.9, &Minute::p90},
    Percentile{"p95", "p95", 0.95, &Minute::p95},          Percentile{"p99", "p99", 0.99, &Minute::p99},
    Percentile{"longest", "Maximum", 1, &Minute::longest},
};

/// By start of the minute. One that CloudWatch has no datapoint of is absent: it counts none that is zero.
using Minutes = std::map<TimePoint, Minute>;
/// Of slots A and B.
using MinutesOfBoth = std::array<Minutes, 2>;

/// The answers' times as a histogram whose quantiles 0.1, 0.25 … 0.99 are those of the minute (to the bucket): each
/// answer counts as slow as the next quantile above it. Several minutes together are at most judged slower than they
/// were.
analysis::LatencyHistogram histogram_of(const Minute& minute);
/// Each answer counts as fast as the next quantile below it.
analysis::LatencyHistogram fastest_of(const Minute& minute);

/// How many of the unanswered requests of the minute at `at` are more than the other colour's share of them explains:
/// upgrades and users who go away are with both alike. That share is of the other's requests of the quarter of an hour
/// that ends with this minute, and it and what it makes one expect are taken three standard deviations (of a Poisson
/// count) and three requests too high. 0 where the other had no request then.
std::int64_t unexplained(const Minute& minute, TimePoint at, const Minutes& other);

/// All minutes that begin at `from` or later and end by `until`, without gaps: the first slot of a minute has
/// all that happened in it. Both are rounded to whole minutes, `from` up and `until` down. `other`: the other colour's.
/// What is unexplained counts as a server error.
ports::Measurements measurements_of(const Minutes& minutes, const Minutes& other, TimePoint from, TimePoint until);

}  // namespace sluice::aws
