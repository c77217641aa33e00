// What can go wrong in a simulation, by name. A run draws which faults it has and how often; after a while all of them
// stop, and everything must come to its end.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulation/chance.h"

namespace sluice::simulation {

enum class Fault {
  FailingCall,        ///< A call to the outside fails, and nothing happened.
  SlowCall,           ///< It takes seconds.
  LostReply,          ///< It happened, and the answer says that nobody knows.
  RepeatedEffect,     ///< The work of an effect runs twice.
  JournalRefusal,     ///< The journal takes nothing for a while: disk full; sometimes it gives nothing either.
  CrashBeforeAppend,  ///< The controller dies just before a journal write …
  CrashAfterAppend,   ///< … just after one …
  CrashBeforeDone,    ///< … between a work's execution and its `done` …
  CrashAnytime,       ///< … at any moment, in the middle of calls.
  PowerLoss,          ///< The controller, all replicas and the router die; the router forgets what it was told.
  ReplicaDeath,       ///< A replica ends.
  RouterOutage,       ///< The router does not answer for a while.
  StrangersHand,      ///< Somebody changes the split past sluice.
  TelemetryGap,       ///< For a while nobody counts answers.
  FlappingAlarm,      ///< Bursts of errors, whatever the revision.
  Words,              ///< People say promote, hold, rollback, cancel at odd moments.
};

/// In the order of the enumeration.
const std::vector<Fault>& all_faults();
/// `failing_calls`, `lost_replies`, …: the names of `--faults`.
std::string_view to_string(Fault fault);

/// Reads `all`, `none` or names with commas between. Error: InvalidInput naming the nearest name.
Result<std::set<Fault>> parse_faults(std::string_view text);

class Faults {
 public:
  /// Of the faults that are on, the run gets a random part, each with a random frequency: runs with few faults reach
  /// states that runs with all of them never do.
  Faults(std::uint64_t seed, const std::set<Fault>& on);

  /// Whether the fault strikes now, with `probability` in a run that has it at its usual frequency. Counts.
  bool strikes(Fault fault, double probability);
  /// Whether this run has the fault at all, and faults have not stopped.
  bool has(Fault fault) const;
  /// For faults that are planned ahead: counts one.
  void count(Fault fault) { ++injected_[fault]; }
  /// From now on nothing goes wrong any more.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  const std::map<Fault, int>& injected() const { return injected_; }

 private:
  struct Strike {
    Chance chance;         ///< One each: without one fault the others still strike alike.
    double frequency = 0;  ///< 1: as usual.
  };
  std::map<Fault, Strike> strikes_;
  std::map<Fault, int> injected_;
  bool stopped_ = false;
};

}  // namespace sluice::simulation
