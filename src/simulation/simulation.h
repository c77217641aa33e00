// One run: the production controller on simulated ports, under one seed, with faults and checkers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/rollout/state.h"
#include "simulation/comparison_tally.h"
#include "simulation/crash.h"
#include "simulation/faults.h"
#include "simulation/sabotage.h"
#include "simulation/scenario.h"
#include "simulation/trace.h"

namespace sluice::simulation {

struct SimulationOptions {
  std::set<Fault> faults{all_faults().begin(), all_faults().end()};
  std::optional<Scenario> scenario;       ///< Unset: a random one.
  std::optional<CrashPoint> crash_point;  ///< One crash at an exact place.
  Sabotage sabotage = Sabotage::None;     ///< For tests of the checkers alone.
  Trace::Sink trace;                      ///< Gets every line of the trace.
};

/// How many releases ended in which way.
struct ReleaseTally {
  int succeeded = 0;
  int taken_back = 0;
};

struct SimulationResult {
  std::uint64_t seed = 0;
  long events = 0;   ///< Moments that were run.
  long records = 0;  ///< In the journal.
  int deployments = 0;
  int crashes = 0;
  Milliseconds simulated{0};
  std::uint64_t trace_hash = 0;
  std::map<rollout::Outcome, int> outcomes;
  std::map<Fault, int> faults;
  std::map<std::string, int> words;  ///< Of people, that were obeyed.
  ComparisonTally comparison;
  ReleaseTally releases;
  bool crash_point_reached = false;
  std::optional<std::string> violation;  ///< The first broken invariant.
};

/// The same seed and options give the same result, on every machine.
SimulationResult run_simulation(std::uint64_t seed, const SimulationOptions& options = {});

}  // namespace sluice::simulation
