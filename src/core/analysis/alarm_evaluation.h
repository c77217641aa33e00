// Judges a threshold alarm over the slots of one colour: M of N trailing periods that end now.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/baseline.h"
#include "core/analysis/slot.h"
#include "core/analysis/verdict.h"

namespace sluice::analysis {

/// Whether it is counted from a service's log.
bool is_of_log(Metric metric);

/// With `Missing::Ignore`, periods are looked for this many times N periods back.
inline constexpr int kIgnoreLookback = 3;

/// What an alarm counts, over some span.
struct Figures {
  std::int64_t requests = 0;  ///< Of latencies: those whose time is known. Of utilization what was reserved …
  std::int64_t bad = 0;       ///< 5xx, error lines of the log, failed health checks; or what was used of it.
  LatencyHistogram latency;   ///< Of latencies only.

  /// bad/requests; 0 without requests.
  double rate() const;
  friend bool operator==(const Figures&, const Figures&) = default;
};

/// The figure that is held against a threshold: a share, a count, or milliseconds.
double value_of(Metric metric, const Figures& figures);

enum class PeriodState {
  Ok,
  Breaching,
  Unwatched,     ///< Missing: the source did not watch at least 90% of it, and what it saw was not breaching.
  TooFew,        ///< Missing: fewer requests than the alarm's minimum.
  NoComparison,  ///< Missing: BLUE had fewer requests than the minimum in all that it is compared with.
};

struct Period {
  TimePoint end{};  ///< The period is (end - alarm.every, end].
  Figures figures;
  PeriodState state = PeriodState::Unwatched;
  friend bool operator==(const Period&, const Period&) = default;
};

struct AlarmEvaluation {
  Verdict verdict = Verdict::NoData;
  std::vector<Period> periods;  ///< Those that were judged, newest first, at most N.
  std::optional<Figures> blue;  ///< BLUE's over its last N periods with traffic.
  bool blue_has_traffic = true;
  std::optional<Baseline> before;  ///< What a multiple of BLUE's figure before the start was taken from.
  /// It breaches, the alarm is gated, and BLUE's traffic of the same time explains it: this holds where it would have
  /// rolled back. Of a count: BLUE lay above half of the threshold in one of the last N periods.
  bool blue_explains_it = false;
};

/// BLUE beside the colour that is judged.
struct Blue {
  std::span<const Slot> slots;
  std::optional<TimePoint> traffic_until;  ///< Since when it has none: what came after is no comparison.
  std::optional<Baseline> before;          ///< See `baseline`; only for thresholds that are multiples of it.
};

/// BLUE's figure over the last N periods before `start`, all of them in one. `slots` are BLUE's.
Baseline baseline(const Alarm& alarm, std::span<const Slot> slots, TimePoint start);

/// How far back `evaluate` looks: slots older than now minus this play no part, BLUE's likewise before the end of its
/// traffic. 0 for an impossible alarm.
Milliseconds lookback(const Alarm& alarm);

/// Period k is (now - (k+1)·every, now - k·every]; a slot belongs to the period in which it ends. Only periods that lie
/// wholly after `watched_since` (when the colour got its first traffic) exist.
///
/// Breaching: at least M of the last N existing periods breach (fewer than N may exist), periods without data counting
/// as the alarm's `missing` says. Ok: fewer do, and even if every missing period had breached, fewer would have.
/// NoData: otherwise, and when no period can be judged at all. Error: the alarm itself is impossible (M, N or the
/// period out of range, a multiple of BLUE's sum or of what is the service's and not BLUE's, one without a BLUE, or a
/// gate on BLUE's traffic where no requests are counted).
///
/// A threshold that is a multiple of BLUE's figure takes BLUE's of the same period, or, when it had fewer requests than
/// the minimum in it, of its last N periods with traffic; a multiple of what was before the start takes `blue.before`.
/// A ratio's BLUE counts as one bad request at least in as many requests as the judged colour had: 5 times nothing
/// allows five.
///
/// `now` should be the end of the newest slot that can be complete: a period of which slots are absent is unwatched.
/// The slots may come in any order.
AlarmEvaluation evaluate(const Alarm& alarm, std::span<const Slot> slots, TimePoint watched_since, TimePoint now,
                         const std::optional<Blue>& blue = std::nullopt);

/// The evaluation as a sentence: "GREEN answered 5xx to 20.3% of requests (14 of 69) in 2 of the last 3 periods of 5s;
/// the alarm http_5xx allows 1%; BLUE 0.1% (1 of 930)". `colour` is the one that was judged.
std::string describe(const Alarm& alarm, const AlarmEvaluation& evaluation, std::string_view colour);

}  // namespace sluice::analysis
