// Where a deployment stands. Made only by `advance`, from events.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/analysis/baseline.h"
#include "core/rollout/cause.h"
#include "core/rollout/effect.h"
#include "core/rollout/plan.h"
#include "core/rollout/stage.h"

namespace sluice::rollout {

enum class Mode {
  Forward,
  Held,  ///< Traffic stays where it is until a person's word or the hold's deadline; checks stay live.
  RollingBack,
  Ended,
};

std::string_view to_string(Mode mode);

enum class Outcome { Succeeded, RolledBack, FailedBeforeTraffic, Cancelled };
std::string_view to_string(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view name);

/// The one effect that the current stage waits for.
struct InFlight {
  std::string token;
  TimePoint deadline;  ///< When the stage gives up.
  friend bool operator==(const InFlight&, const InFlight&) = default;
};

struct Hold {
  Cause cause;
  TimePoint since;
  TimePoint deadline;
  bool reminded = false;
  friend bool operator==(const Hold&, const Hold&) = default;
};

struct PendingMessage {
  std::string token;
  MessageKind kind;
  friend bool operator==(const PendingMessage&, const PendingMessage&) = default;
};

struct State {
  Plan plan;
  Mode mode = Mode::Forward;
  std::size_t stage = 0;  ///< In forward_stages(plan), or in rollback_stages(touched) when rolling back.
  TimePoint stage_since{};
  std::optional<InFlight> in_flight;
  int attempts = 0;                   ///< Failed attempts at this stage's effect.
  std::optional<TimePoint> retry_at;  ///< When the stage's effect is sent again.
  std::string last_failure;           ///< What the last failed attempt at this stage's effect said.
  std::optional<TimePoint> bake_until;
  std::optional<Hold> hold;
  std::optional<Cause> hold_requested;  ///< Held as soon as the stage that runs has ended.
  bool promote_full = false;            ///< Bakes before 100% are passed over.
  /// Alarms, and reasons of the comparison, whose breach a person has passed over with `promote`.
  std::set<std::string> overruled;
  std::set<std::string> overruled_silence;  ///< Alarms of which a person has passed over that they cannot answer.
  /// Split writes that were given up while in flight, and when each is surely dead: until then it may still land.
  std::map<std::string, TimePoint> stale_writes;
  bool rewrite = false;  ///< One of them landed while the stage's own write was in flight: that one is repeated.
  std::optional<std::string> correction;   ///< Token of a split write beside the stage's own effect.
  TrafficSplit intended;                   ///< The split as it should be now.
  bool touched = false;                    ///< GREEN may have had traffic.
  std::optional<TimePoint> watched_since;  ///< When GREEN first had traffic.
  /// By alarm: what BLUE's figure was before the start.
  std::map<std::string, analysis::Baseline> baselines;
  std::optional<Cause> cause;  ///< Why it was taken back.
  /// When what it is held for, or was taken back for, came first: a hold that ends in a rollback counts from its
  /// beginning, one that a person has passed over does not count.
  std::optional<TimePoint> first_sign;
  std::vector<std::string> evidence;
  std::optional<Outcome> outcome;
  std::vector<PendingMessage> messages;  ///< Not delivered yet.
  TimePoint started_at{};
  std::optional<TimePoint> full_at;      ///< When the read-back split was first 100% GREEN.
  std::optional<TimePoint> restored_at;  ///< When the rollback's split was read back.
  std::optional<TimePoint> ended_at;
  int next_token = 0;

  friend bool operator==(const State&, const State&) = default;
};

/// The stage that the state is in; nothing when it has ended.
std::optional<Stage> current_stage(const State& state);

}  // namespace sluice::rollout
