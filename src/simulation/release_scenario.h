// Several services deployed as one in a drawn scenario.
#pragma once

#include "simulation/scenario.h"

namespace sluice::simulation {

/// In half of the scenarios with more than one service some deployments become members of releases, some of them
/// depending on others.
void add_releases(Scenario& scenario, Chance chance);

}  // namespace sluice::simulation
