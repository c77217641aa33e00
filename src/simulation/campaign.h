// Many runs, seed after seed, and what they had in common: a simulator that does nothing proves nothing, so a campaign
// counts what it did.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulation/simulation.h"

namespace sluice::simulation {

struct CampaignOptions {
  std::uint64_t from = 1;  ///< First seed.
  int seeds = 1;
  std::set<Fault> faults{all_faults().begin(), all_faults().end()};
  Trace::Sink trace;  ///< Of all runs.
};

struct CampaignResult {
  int runs = 0;
  long events = 0;
  long records = 0;
  long deployments = 0;
  long crashes = 0;
  Milliseconds simulated{0};
  std::map<rollout::Outcome, int> outcomes;
  std::map<Fault, int> faults;
  std::map<std::string, int> words;
  ComparisonTally comparison;
  ReleaseTally releases;
  std::vector<SimulationResult> failures;  ///< Runs in which an invariant broke.
};

/// Hears of every run; false ends the campaign.
using RunHeard = std::function<bool(const SimulationResult& run)>;

CampaignResult run_campaign(const CampaignOptions& options, const RunHeard& heard = {});

/// The command that repeats one run.
std::string repeat_command(std::uint64_t seed, const std::set<Fault>& faults);
/// `seed 7: BLUE stays warm: … Repeat it with: sluice simulate --seeds 1 --from 7`.
std::string describe_failure(const SimulationResult& run, const std::set<Fault>& faults);

}  // namespace sluice::simulation
