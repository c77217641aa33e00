// At the end of a run, when the faults have stopped and everything has come to its end: the world is what the last
// success says, and nothing else is left in it.
#pragma once

#include <vector>

#include "simulation/simulated_fleet.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_router.h"
#include "simulation/state_checker.h"
#include "simulation/violations.h"

namespace sluice::simulation {

class EndChecker {
 public:
  struct Sight {
    const World& world;
    const SimulatedFleet& fleet;
    const SimulatedRouter& router;
    const SimulatedJournal& journal;
  };
  EndChecker(const Sight& sight, StateChecker& states, Violations& violations)
      : sight_(sight), states_(states), violations_(violations) {}

  void check(const std::vector<rollout::ServiceKey>& services);
  /// When the bound has passed: what has not ended, and where it stands.
  void check_bound(const std::vector<rollout::ServiceKey>& services);

 private:
  void add(std::string_view rule, std::string_view what);
  void check_service(const rollout::ServiceKey& service);
  void check_live(const ports::LiveService& live);
  void check_leftovers(const rollout::ServiceKey& service, const std::string& live_revision);
  void check_deployments();

  Sight sight_;
  StateChecker& states_;
  Violations& violations_;
};

}  // namespace sluice::simulation
