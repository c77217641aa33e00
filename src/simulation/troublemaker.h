// Makes trouble in the world at random moments: outages, deaths, a stranger's hand, gaps, bursts of errors, and people
// with odd ideas.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "application/controller.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_router.h"
#include "simulation/simulated_telemetry.h"

namespace sluice::simulation {

class Troublemaker {
 public:
  struct Stage {
    World& world;
    SimulatedFleet& fleet;
    SimulatedRouter& router;
    SimulatedTelemetry& telemetry;
    SimulatedJournal& journal;
    std::function<application::Controller*()> controller;  ///< Null while none lives.
    /// Told when the controller has said that a word is obeyed.
    std::function<void(const std::string& deployment, std::string_view event_type)> obeyed;
  };
  Troublemaker(Stage stage, Chance chance, std::vector<rollout::ServiceKey> services)
      : stage_(std::move(stage)), chance_(chance), services_(std::move(services)) {}

  /// Trouble comes again and again until the faults stop.
  void begin();

  /// How often each word was said and obeyed.
  const std::map<std::string, int>& words() const { return words_; }

 private:
  void plan(Fault fault, Milliseconds usual_gap, std::function<void()> act);
  void change_split_by_hand();
  void disturb_telemetry();
  void cut_power();
  void speak();

  Stage stage_;
  Chance chance_;
  std::vector<rollout::ServiceKey> services_;
  std::map<std::string, int> words_;
};

}  // namespace sluice::simulation
