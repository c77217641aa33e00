// Several services deployed as one in a drawn scenario.
#pragma once

#include "simulation/scenario.h"

namespace sluice::simulation {

/// In half of the scenarios with more than one service there are one to three releases beside the other deployments;
/// some members depend on others.
void add_releases(Scenario& scenario, Chance chance);

}  // namespace sluice::simulation
