// A release is one thing: no member has traffic before all are prepared, nobody is more than a round ahead, and either
// all of them end with their new revision or none does.
#pragma once

#include <map>
#include <string>

#include "application/controller.h"
#include "simulation/simulated_journal.h"
#include "simulation/state_checker.h"
#include "simulation/violations.h"

namespace sluice::simulation {

class ReleaseChecker final : public application::ControllerObserver {
 public:
  ReleaseChecker(const SimulatedJournal& journal, StateChecker& states, Violations& violations)
      : journal_(journal), states_(states), violations_(violations) {}

  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string&) override {}
  void on_watch(const application::Deployment&, TimePoint) override {}

  /// Once everything has ended.
  void check_ends(TimePoint at);
  /// Releases of which all members went well, and those that were taken back.
  int succeeded() const { return succeeded_; }
  int taken_back() const { return taken_back_; }

 private:
  const SimulatedJournal& journal_;
  StateChecker& states_;
  Violations& violations_;
  int succeeded_ = 0;
  int taken_back_ = 0;
};

}  // namespace sluice::simulation
