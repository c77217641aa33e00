// What the comparison of both colours may and must do, by what the world knows of each: a rollback by it names it; a
// GREEN that is much worse, and shows it for long enough, never succeeds. And it counts, for a whole campaign: of
// deployments whose GREEN was never worse than BLUE, the comparison takes back fewer than its alpha.
#pragma once

#include <map>
#include <string>

#include "application/controller.h"
#include "simulation/comparison_tally.h"
#include "simulation/simulated_telemetry.h"
#include "simulation/violations.h"
#include "simulation/world.h"

namespace sluice::simulation {

/// GREEN fails at least this share …
inline constexpr double kMuchWorse = 0.2;
/// … while BLUE fails at most this.
inline constexpr double kQuiteGood = 0.02;
/// Of such traffic no deployment that ends well has seen as much, between two starts of the controller: evidence that
/// no test could overlook (in nats, an error of GREEN's being worth what its share of the traffic lets it be) …
inline constexpr double kPlentyOfEvidence = 40;
/// … and for so long.
inline constexpr Milliseconds kPlentyOfTime{15'000};

class ComparisonChecker final : public application::ControllerObserver {
 public:
  ComparisonChecker(const World& world, const SimulatedTelemetry& telemetry, Violations& violations)
      : world_(world), telemetry_(telemetry), violations_(violations) {}

  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override;
  void on_given_up(const std::string&) override {}
  void on_watch(const application::Deployment& deployment, TimePoint at) override;

  void check_named(const rollout::State& state, const rollout::AnalysisDecided& decided, TimePoint at);
  const ComparisonTally& tally() const { return tally_; }

 private:
  struct Sight {
    TimePoint looked_at{};
    Milliseconds lasted{0};
    double evidence = 0;  ///< That GREEN's requests so far may have brought.
    bool plenty = false;  ///< It was seen at some time.
  };
  void check_end(const rollout::State& state, TimePoint at);

  const World& world_;
  const SimulatedTelemetry& telemetry_;
  Violations& violations_;
  std::map<std::string, Sight> sights_;  ///< By deployment.
  ComparisonTally tally_;
};

}  // namespace sluice::simulation
