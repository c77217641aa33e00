// After every event: what the world looks like agrees with what is promised to users. Weights are those of a plan; no
// share of traffic for a revision that was never healthy or has been stopped; BLUE is warm until the last bake has
// ended; one deployment and one lease a service; no rise while an alarm of action rollback breaches.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "application/controller.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_router.h"
#include "simulation/state_checker.h"
#include "simulation/violations.h"

namespace sluice::simulation {

/// A stranger's split is not the controller's fault, nor what it had begun to do so shortly after.
inline constexpr Milliseconds kStrangersFault{15'000};

class WorldChecker final : public WorldObserver, public application::ControllerObserver {
 public:
  struct Sight {
    const World& world;
    const SimulatedFleet& fleet;
    const SimulatedRouter& router;
    const SimulatedJournal& journal;
    std::function<const application::Controller*()> controller;  ///< Null while none lives.
  };
  WorldChecker(Sight sight, StateChecker& states, Violations& violations)
      : sight_(std::move(sight)), states_(states), violations_(violations) {}

  void on_split_asked(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  void on_split_written(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  void on_stop(const rollout::ServiceKey& service, const std::string& revision) override;
  void on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint at) override;
  void on_given_up(const std::string&) override {}
  void on_watch(const application::Deployment&, TimePoint) override {}

  /// To be called after every event.
  void inspect();

 private:
  void add(std::string_view rule, std::string_view what);
  void inspect_traffic(const SimulatedRouter::Routed& routed);
  void inspect_leases();
  void inspect_deployments(const application::Controller& controller);
  bool strangers_fault(const rollout::ServiceKey& service) const;
  /// The revision whose replicas are in the slot; empty when there are none.
  std::string revision_in(const SimulatedRouter::Routed& routed, rollout::Slot slot) const;
  const application::Deployment* active(const rollout::ServiceKey& service) const;

  /// Every split that a plan of the service names.
  bool is_planned(const rollout::ServiceKey& service, const rollout::TrafficSplit& split);

  Sight sight_;
  StateChecker& states_;
  Violations& violations_;
  std::map<rollout::ServiceKey, rollout::TrafficSplit> asked_;  ///< Last.
  std::map<rollout::ServiceKey, int> epochs_;
  std::map<rollout::ServiceKey, std::string> holders_;  ///< Deployment of the last lease.
};

}  // namespace sluice::simulation
