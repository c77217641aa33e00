// Judges a threshold alarm over the slots of one colour: M of N trailing periods that end now.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/slot.h"
#include "core/analysis/verdict.h"

namespace sluice::analysis {

/// With `Missing::Ignore`, periods are looked for this many times N periods back.
inline constexpr int kIgnoreLookback = 3;

/// What an alarm counts, over some span.
struct Figures {
  std::int64_t requests = 0;
  std::int64_t bad = 0;  ///< 5xx (ErrorRate) or failed health checks.

  /// bad/requests, 0..1; 0 without requests.
  double rate() const;
  friend bool operator==(const Figures&, const Figures&) = default;
};

enum class PeriodState {
  Ok,
  Breaching,
  Unwatched,  ///< Missing: the source did not watch at least 90% of it, and what it saw was not breaching.
  TooFew,     ///< Missing: fewer requests than the alarm's minimum.
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
};

/// How far back `evaluate` looks: slots older than now minus this play no part. 0 for an impossible alarm.
Milliseconds lookback(const Alarm& alarm);

/// Period k is (now - (k+1)·every, now - k·every]; a slot belongs to the period in which it ends. Only periods that lie
/// wholly after `watched_since` (when the colour got its first traffic) exist.
///
/// Breaching: at least M of the last N existing periods breach (fewer than N may exist), periods without data counting
/// as the alarm's `missing` says. Ok: fewer do, and even if every missing period had breached, fewer would have.
/// NoData: otherwise, and when no period can be judged at all. Error: the alarm itself is impossible (M, N or the
/// period out of range).
///
/// `now` should be the end of the newest slot that can be complete: a period of which slots are absent is unwatched.
/// The slots may come in any order.
AlarmEvaluation evaluate(const Alarm& alarm, std::span<const Slot> slots, TimePoint watched_since, TimePoint now);

/// All that happened in the alarm's last N periods, whether or not they exist for `evaluate`: for the other colour.
Figures trailing_figures(const Alarm& alarm, std::span<const Slot> slots, TimePoint now);

/// The evaluation as a sentence: "GREEN answered 5xx to 20.3% of requests (14 of 69) in 2 of the last 3 periods of 5s;
/// the alarm http_5xx allows 1%; BLUE 0.1% (1 of 930)". `colour` is the one that was judged; `other` are the figures of
/// the other one, where there is one.
std::string describe(const Alarm& alarm, const AlarmEvaluation& evaluation, std::string_view colour,
                     const std::optional<Figures>& other = std::nullopt);

}  // namespace sluice::analysis
