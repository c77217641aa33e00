// One made-up canary before several judges: when each took it back, and what users had seen by then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/traffic_judge.h"
#include "core/rehearsal/scenario.h"

namespace sluice::rehearsal {

struct Outcome {
  /// Since GREEN's first traffic; nothing: never.
  std::optional<Milliseconds> rolled_back;
  std::string reason;
  /// From GREEN's first bad response on: its first 5xx, or its first request where its fault is another. Nothing when
  /// it was taken back before, or never.
  std::optional<Milliseconds> took;
  std::int64_t bad_responses = 0;  ///< GREEN's, since its fault began, until it was taken back or the canary ended.
};

/// The same traffic for each of the judges; an outcome for each.
std::vector<Outcome> rehearse(const Scenario& scenario, std::uint64_t seed,
                              const std::vector<analysis::JudgeSettings>& judges);

/// Whether the bound that is shown ("at most 0.3 points worse") was at any second of the canary below the true
/// difference of both colours' rates. The scenario has no disturbance, and its fault, if any, lasts from the start.
bool bound_is_broken(const Scenario& scenario, std::uint64_t seed, const analysis::AnalysisSettings& settings);

}  // namespace sluice::rehearsal
