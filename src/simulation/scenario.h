// What a run is about: services, the deployments that people start, and how good each revision is.
#pragma once

#include <string>
#include <vector>

#include "application/controller.h"
#include "simulation/chance.h"
#include "simulation/quality.h"

namespace sluice::simulation {

struct PlannedDeployment {
  Milliseconds after{0};  ///< Since the run's beginning.
  application::DeployRequest request;
  Quality quality;  ///< Of the revision that is GREEN.
};

struct PlannedService {
  rollout::ServiceKey key;
  int requests_per_second = 0;
  bool scattered = false;                      ///< Requests and errors come by chance, as real ones do; else evenly.
  std::vector<PlannedDeployment> deployments;  ///< In the order of time.
};

/// Deployments of several services that a person starts as one.
struct PlannedRelease {
  Milliseconds after{0};
  std::vector<PlannedDeployment> members;            ///< Their own moments mean nothing.
  std::vector<std::vector<std::string>> depend_on;   ///< By member: services of members before it.
};

struct Scenario {
  std::vector<PlannedService> services;
  std::vector<PlannedRelease> releases;
  Milliseconds troubled_for{0};  ///< Faults and people stop after this.
};

/// 1 to 3 services with 1 to 6 deployments each: first deployments, hooks, release commands, smoke tests, alarms of
/// both actions, short and long bakes, good and bad revisions, going back to an old one.
Scenario random_scenario(Chance chance);

/// One service: a first deployment, and a second one over two traffic steps with a hook, a release command, a smoke
/// test and an alarm. Both revisions are good.
Scenario short_scenario();

/// The longest that a deployment may take once nothing goes wrong any more.
Milliseconds longest_way(const rollout::Plan& plan);

}  // namespace sluice::simulation
