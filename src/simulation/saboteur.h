// Does to the world what a broken controller would do. For tests of the checkers alone.
#pragma once

#include <functional>

#include "application/controller.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_router.h"

namespace sluice::simulation {

class Saboteur {
 public:
  struct Stage {
    World& world;
    SimulatedFleet& fleet;
    SimulatedRouter& router;
    SimulatedJournal& journal;
    std::function<const application::Controller*()> controller;  ///< Null while none lives.
  };
  explicit Saboteur(Stage stage) : stage_(std::move(stage)) {}

  /// Looks for its moment again and again, when there is a sabotage for it to do.
  void begin();

 private:
  void look();
  void sabotage(const rollout::State& state, const application::Deployment& deployment);
  void sabotage_idle(const ports::LiveService& live);

  Stage stage_;
};

}  // namespace sluice::simulation
