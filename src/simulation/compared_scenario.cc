#include "simulation/compared_scenario.h"

#include <algorithm>
#include <map>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

const Weight kTenth = Weight::from_basis_points(1000).value();

/// Steps of seconds cannot wait for what minutes would show.
analysis::AnalysisSettings random_analysis(Chance& chance, const rollout::Strategy& strategy) {
  analysis::AnalysisSettings settings;
  Milliseconds planned{0};
  for (const rollout::TrafficStep& step : strategy.steps) {
    if (step.weight != Weight::full()) planned += step.bake;
  }
  settings.sequential.planned = std::max<Milliseconds>(planned, 1s);
  // The simulated lines name no request.
  settings.sequential.error_log_by_lines = true;
  settings.sequential.error_log.kind = analysis::SequentialKind::Count;
  settings.enough.requests = static_cast<long>(chance.between(0, 50));
  settings.enough.at_most_worse = chance.happens(0.7) ? 1 : 0.3;
  settings.enough.extension = chance.between(1s, 10s);
  return settings;
}

/// A revision's own faults stay; on top of them comes what it answers at best.
void make_worse(Quality& quality, double usual, bool is_first, Chance& chance) {
  double share = usual;
  const auto dice = chance.between(0, 99);
  if (!is_first && dice < 15) share = 3 * usual + 0.05;
  if (!is_first && dice >= 15 && dice < 35) share = static_cast<double>(chance.between(20, 60)) / 100.0;
  if (!is_first && dice >= 35 && dice < 42) quality.answers_in *= 4;
  quality.error_share = std::max(quality.error_share, share);
}

void add_comparisons(PlannedService& service, Chance& chance) {
  service.scattered = true;
  const double usual = chance.pick(std::vector{0.0, 0.005, 0.02});
  std::map<std::string, Quality> qualities;  // by revision: an old one that comes again is as it was
  for (PlannedDeployment& planned : service.deployments) {
    rollout::Plan& plan = planned.request.plan;
    if (chance.happens(0.4)) plan.strategy.steps = {{kTenth, chance.between(20s, 40s)}, {Weight::full(), 3s}};
    if (chance.happens(0.8)) plan.analysis = random_analysis(chance, plan.strategy);
    const auto [known, is_new] = qualities.emplace(plan.green.id, planned.quality);
    if (is_new) make_worse(known->second, usual, qualities.size() == 1, chance);
    planned.quality = known->second;
  }
}

}  // namespace

void add_comparisons(Scenario& scenario, Chance chance) {
  for (PlannedService& service : scenario.services) {
    if (chance.happens(0.6)) add_comparisons(service, chance);
  }
}

Scenario compared_scenario(double error_share) {
  Scenario scenario = short_scenario();
  scenario.troubled_for = 70s;
  PlannedService& service = scenario.services.front();
  service.requests_per_second = 200;
  service.scattered = true;
  for (PlannedDeployment& planned : service.deployments) {
    rollout::Plan& plan = planned.request.plan;
    plan.alarms.clear();
    plan.smoke.clear();  // one of a hundred of which would fail, as everything does
    plan.strategy.steps = {{kTenth, 40s}, {Weight::full(), 2s}};
    plan.analysis = analysis::AnalysisSettings{};
    planned.quality.error_share = 0.01;
  }
  service.deployments.back().quality.error_share = error_share;
  return scenario;
}

}  // namespace sluice::simulation
