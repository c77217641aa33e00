// Every constant of the sequential test, with its default and its range. docs/analysis.md derives what they do; none of
// them can break the guarantee inside its range, they only trade speed for robustness.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/alarm.h"
#include "core/analysis/slot.h"

namespace sluice::analysis {

/// How many alternatives ("GREEN's odds are exp(D) times what is allowed") one process mixes.
inline constexpr std::size_t kAlternatives = 8;
inline constexpr std::size_t kMostLatencyLevels = 4;
inline constexpr std::size_t kMostSequentialMetrics = 8;
inline constexpr Milliseconds kLongestSource{std::chrono::hours{1}};

enum class SequentialKind {
  Ratio,    ///< Requests with an event (a 5xx) among all requests.
  Count,    ///< Events (log lines) over an exposure; there may be more events than exposure.
  Latency,  ///< Requests that are slower than BLUE's quantiles, at several levels.
};

std::string_view to_string(SequentialKind kind);

/// What GREEN is allowed in one metric: `rate of GREEN <= ratio * rate of BLUE + slack`, or a rate up to `floor`.
struct SequentialMetric {
  std::string name;
  SequentialKind kind = SequentialKind::Ratio;
  double ratio = 1.5;    ///< 0.1..1000.
  double slack = 0;      ///< Ratio and Latency: 0..0.5; Count: 0..1000.
  double floor = 0;      ///< A rate at or below it is never worse; 0: no floor. Ratio: 0..0.5; Count: 0..1000.
  double prior = 0.001;  ///< BLUE's rate before BLUE was seen (not Latency: the level gives it).
  double share = 1;      ///< Of alpha, relative to the other metrics with the same action; 0: switched off.
  Action then = Action::Rollback;
  Milliseconds every = kSlotLength;  ///< How much time one observation covers: 100 ms, or whole seconds for aggregates.

  // Latency only.
  std::vector<double> levels;       ///< Of BLUE's quantiles, each 0.01..0.999, rising.
  double slower_ratio = 1.25;       ///< GREEN may be this many times slower than BLUE's quantile, 1..1000 …
  double slower_milliseconds = 20;  ///< … or this much slower, whichever is more; 0..600,000.
  friend bool operator==(const SequentialMetric&, const SequentialMetric&) = default;
};

inline constexpr std::string_view kErrorsName = "errors";
inline constexpr std::string_view kLatencyName = "latency";
inline constexpr std::string_view kErrorLogName = "error_log";
inline constexpr std::string_view kProbesName = "probes";  ///< Of the metric of sluice's own requests.

SequentialMetric default_errors();
SequentialMetric default_latency();
SequentialMetric default_error_log();

struct SequentialSettings {
  /// The chance that a GREEN no worse than allowed is rolled back, in the whole deployment; 1e-9..0.5.
  double alpha = 0.01;
  double hold_alpha = 0.01;   ///< The same for metrics whose action is hold.
  double bound_alpha = 0.05;  ///< The chance that GREEN is worse than the bound that is shown; 1e-9..0.5.

  SequentialMetric errors = default_errors();
  SequentialMetric latency = default_latency();
  SequentialMetric error_log = default_error_log();
  bool error_log_by_lines = false;  ///< Counts lines over requests, for services whose lines do not name their request.
  /// At 100% GREEN is compared with BLUE's past; a rate at or below this is never worse; 1e-5..0.5, 0: no comparison.
  double historical_floor = 0.01;
  std::vector<SequentialMetric> more;  ///< The user's own, at most kMostSequentialMetrics.

  /// Log odds by which an alternative is worse than allowed; each 0.01..20.
  std::array<double, kAlternatives> alternatives{0.4, 0.8, 1.4, 2.1, 3.0, 4.0, 5.5, 8.0};
  double cap = 2.0;                ///< The most evidence in nats that one second (or aggregate) adds; 0.01..100.
  double most_tempering = 10.0;    ///< phi's upper limit, 1..1000; 1 switches tempering off.
  double tempering_prior = 4.0;    ///< What phi's numerator and denominator start with; 0.1..1000.
  Milliseconds half_life{60'000};  ///< Of what is known of BLUE; 1 s..1 h.
  double prior_requests = 200;     ///< The weight of the prior rate, in requests; 0.1..1e6.

  double lowest_rate = 1e-5;    ///< BLUE's running rate is taken to be at least this; 1e-9..0.1.
  double highest_rate = 0.98;   ///< … and at most this (not for counts); 0.5..0.999.
  double hopeless_rate = 0.97;  ///< Blocks in which this much is allowed to GREEN say nothing; 0.5..0.999.

  double mass_at_start = 0.5;          ///< Evidence that starts with GREEN's first traffic; these three add up to at
  double mass_at_weight_change = 0.1;  ///< most 1, the second counted once. What starts later than planned gets the
  double mass_over_plan = 0.4;         ///< reserve.
  double mass_reserve = 0.05;          ///< 0..0.5.
  Milliseconds planned{480'000};       ///< How long the steps below 100% last together; 1 s..30 days.

  long block_requests = 2;              ///< Requests of each colour that close a block; 1..1e6.
  Milliseconds block_patience{10'000};  ///< A block of this age closes with one request each, or is dropped; 1 s..1 h.
  long latency_samples = 20;            ///< BLUE's latencies without which nothing is judged by them; 1..1e6.

  /// How much time a slot covers: 100 ms, or whole seconds up to an hour for sources that deliver aggregates. An
  /// aggregate is a block, and the cap holds for each of them.
  Milliseconds slot_length = kSlotLength;
  friend bool operator==(const SequentialSettings&, const SequentialSettings&) = default;
};

/// Error: InvalidInput, naming the constant that is out of its range.
Status validate(const SequentialSettings& settings);

}  // namespace sluice::analysis
