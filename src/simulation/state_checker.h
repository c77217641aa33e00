// After every journal record: replaying the journal gives the state that the controller has in memory; a state that is
// no end has a deadline; tokens are short, plain and mean one thing.
#pragma once

#include <map>
#include <string>

#include "application/controller.h"
#include "simulation/simulated_journal.h"
#include "simulation/violations.h"

namespace sluice::simulation {

inline constexpr std::size_t kLongestToken = 36;

class StateChecker final : public application::ControllerObserver {
 public:
  StateChecker(const SimulatedJournal& journal, Violations& violations) : journal_(journal), violations_(violations) {}

  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string&) override {}
  void on_watch(const application::Deployment&, TimePoint) override {}

  /// What the journal says about a deployment.
  const rollout::State& replayed(const std::string& deployment);

  void check_deadline(const rollout::State& state, TimePoint at);
  void check_tokens(const rollout::State& state, TimePoint at);

 private:
  struct Replay {
    std::size_t records = 0;  ///< So many are in the state.
    rollout::State state;
  };
  void check_token(const std::string& token, const std::string& meaning, TimePoint at);

  const SimulatedJournal& journal_;
  Violations& violations_;
  std::map<std::string, Replay> replays_;
  std::map<std::string, std::string> meanings_;  ///< Of tokens.
};

}  // namespace sluice::simulation
