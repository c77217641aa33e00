// Each checker can fail: an invariant is broken on purpose, and the run must say so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/comparison_checker.h"
#include "simulation/simulation.h"
#include "simulation/state_checker.h"

namespace sluice::simulation {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMostSeeds = 60;

struct Broken {
  Sabotage sabotage;
  const char* rule;  ///< The checker that must notice.
  friend void PrintTo(const Broken& broken, std::ostream* out) { *out << to_string(broken.sabotage); }
};

class Checkers : public testing::TestWithParam<Broken> {};

TEST_P(Checkers, NoticeWhatIsBrokenOnPurpose) {
  SimulationOptions options;
  options.sabotage = GetParam().sabotage;
  options.faults = {Fault::Words};
  std::string other;
  for (std::uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
    const SimulationResult result = run_simulation(seed, options);
    if (!result.violation) continue;
    if (result.violation->starts_with(GetParam().rule)) return;
    other = *result.violation;
  }
  FAIL() << "nobody noticed in " << kMostSeeds << " seeds; another rule did: " << other;
}

INSTANTIATE_TEST_SUITE_P(All, Checkers,
                         testing::Values(Broken{Sabotage::LoseRestoreWrite, "an end leaves the right split"},
                                         Broken{Sabotage::WriteStrayWeight, "weights are those of a plan"},
                                         Broken{Sabotage::StopBlueEarly, "BLUE stays warm"},
                                         Broken{Sabotage::StopWithTraffic, "stopped only without traffic"},
                                         Broken{Sabotage::StopLive, "what is live stays"},
                                         Broken{Sabotage::AttachWithoutHealth, "no traffic to what was never healthy"},
                                         Broken{Sabotage::StopBeforeTraffic, "no traffic to what was stopped"},
                                         Broken{Sabotage::RouteToCleared, "no traffic to a cleared slot"},
                                         Broken{Sabotage::KeepReplicas, "nothing is left over"},
                                         Broken{Sabotage::GrantTwoLeases, "one lease a service"},
                                         Broken{Sabotage::KeepEpoch, "lease epochs rise"},
                                         Broken{Sabotage::ForgetRecord, "replay gives the same state"},
                                         Broken{Sabotage::RaiseUnderAlarm, "no rise under an alarm"},
                                         Broken{Sabotage::HideErrors, "a much worse GREEN never succeeds"},
                                         Broken{Sabotage::DeafRouter, "everything comes to its end"},
                                         Broken{Sabotage::LoseMessages, "messages are delivered or given up"}),
                         [](const auto& test) { return std::string(to_string(test.param.sabotage)); });

// What no port can break is put before the checker by hand.
class StateChecks : public testing::Test {
 protected:
  rollout::State running() {
    rollout::Plan plan = short_scenario().services[0].deployments[0].request.plan;
    plan.deployment = "01ks0000000000000000000001";
    return rollout::start({plan}, at_).state;
  }
  bool broke(const std::string& rule) { return violations_.first() && violations_.first()->starts_with(rule); }

  TimePoint at_{Milliseconds{1'800'000'000'000}};
  Violations violations_;
  Faults faults_{1, {}};
  Crashes crashes_{faults_, {}};
  Trace trace_{{}};
  SimulatedExecutor executor_{Chance(1, "time"), faults_, crashes_};
  World world_{executor_, faults_, crashes_, trace_, Chance(1, "world"), Sabotage::None, nullptr, {}};
  SimulatedJournal journal_{world_};
  StateChecker checker_{journal_, violations_};
};

TEST_F(StateChecks, ARollbackThatDoesNotNameTheComparisonIsNoticed) {
  SimulatedFleet fleet(world_);
  SimulatedRouter router(world_, fleet);
  SimulatedServiceLog log;
  const SimulatedTelemetry telemetry(world_, fleet, router, log);
  ComparisonChecker checker(world_, telemetry, violations_);
  rollout::State state = running();
  state.plan.analysis = analysis::AnalysisSettings{};
  state.plan.blue = state.plan.green;
  state.touched = true;
  rollout::AnalysisDecided decided{.kind = analysis::DecisionKind::Rollback,
                                   .reason = "sequential errors",
                                   .message = "GREEN answers 5xx to 20% of requests",
                                   .log_evidence = 5,
                                   .log_needed = 4.6};
  state.cause = rollout::Cause{rollout::CauseKind::Analysis, decided.reason, decided.message};
  checker.check_named(state, decided, at_);
  EXPECT_FALSE(violations_.first());
  decided.log_evidence = 4;
  checker.check_named(state, decided, at_);
  EXPECT_TRUE(broke("a rollback by the comparison names it"));
}

TEST_F(StateChecks, AStateWithoutADeadlineIsNoticed) {
  rollout::State state = running();
  checker_.check_deadline(state, at_);
  EXPECT_FALSE(violations_.first());
  state.in_flight.reset();
  checker_.check_deadline(state, at_);
  EXPECT_TRUE(broke("every state has a deadline"));
}

TEST_F(StateChecks, ALongTokenIsNoticed) {
  rollout::State state = running();
  checker_.check_tokens(state, at_);
  EXPECT_FALSE(violations_.first());
  state.in_flight->token = std::string(kLongestToken + 1, 'x');
  checker_.check_tokens(state, at_);
  EXPECT_TRUE(broke("tokens are short and plain"));
}

TEST_F(StateChecks, ATokenOfTwoMeaningsIsNoticed) {
  rollout::State state = running();
  checker_.check_tokens(state, at_);
  state.messages.push_back({state.in_flight->token, rollout::MessageKind::Held});
  checker_.check_tokens(state, at_);
  EXPECT_TRUE(broke("tokens are unique"));
}

}  // namespace
}  // namespace sluice::simulation
