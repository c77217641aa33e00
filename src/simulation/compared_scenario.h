// Deployments whose plans compare GREEN with BLUE's concurrent traffic, beside what a scenario has without it.
#pragma once

#include "simulation/scenario.h"

namespace sluice::simulation {

/// More than half of the services get traffic that comes by chance, with a usual share of 5xx, and most of their
/// deployments a comparison; GREEN is as good as BLUE, worse, or much worse. What was drawn before stays as it is.
void add_comparisons(Scenario& scenario, Chance chance);

/// One service: BLUE fails 1% of 200 requests a second, GREEN this share of its tenth for 40 seconds.
Scenario compared_scenario(double error_share);

}  // namespace sluice::simulation
