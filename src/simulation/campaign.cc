#include "simulation/campaign.h"

#include <fmt/format.h>

namespace sluice::simulation {
namespace {

void add(CampaignResult& sum, const SimulationResult& run) {
  ++sum.runs;
  sum.events += run.events;
  sum.records += run.records;
  sum.deployments += run.deployments;
  sum.crashes += run.crashes;
  sum.simulated += run.simulated;
  for (const auto& [outcome, count] : run.outcomes) sum.outcomes[outcome] += count;
  for (const auto& [fault, count] : run.faults) sum.faults[fault] += count;
  for (const auto& [word, count] : run.words) sum.words[word] += count;
  sum.comparison += run.comparison;
  sum.releases.succeeded += run.releases.succeeded;
  sum.releases.taken_back += run.releases.taken_back;
  if (run.violation) sum.failures.push_back(run);
}

}  // namespace

CampaignResult run_campaign(const CampaignOptions& options, const RunHeard& heard) {
  CampaignResult sum;
  SimulationOptions each;
  each.faults = options.faults;
  each.trace = options.trace;
  for (int i = 0; i < options.seeds; ++i) {
    const SimulationResult run = run_simulation(options.from + static_cast<std::uint64_t>(i), each);
    add(sum, run);
    if (heard && !heard(run)) break;
  }
  return sum;
}

std::string repeat_command(std::uint64_t seed, const std::set<Fault>& faults) {
  std::string command = fmt::format("sluice simulate --seeds 1 --from {}", seed);
  if (faults.size() == all_faults().size()) return command;
  std::string names;
  for (const Fault fault : faults) names += (names.empty() ? "" : ",") + std::string(to_string(fault));
  return command + " --faults " + (names.empty() ? "none" : names);
}

std::string describe_failure(const SimulationResult& run, const std::set<Fault>& faults) {
  return fmt::format("seed {}: {}. Repeat it with: {}", run.seed, run.violation.value_or("nothing broke"),
                     repeat_command(run.seed, faults));
}

}  // namespace sluice::simulation
