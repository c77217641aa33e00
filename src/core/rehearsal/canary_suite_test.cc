// The promises of the sequential test on made-up canaries, in short: bench/canary_suite.cc runs them at length. Each
// run of this test takes fresh seeds, which it prints; SLUICE_SEED repeats one.
//
// A correct engine fails it with less than one chance in a million: each of the fewer than a hundred counts below may
// be as large as kImprobable allows, if its chance is exactly what is promised. (Requests that are not independent are
// outside of what is proved; their promise is the measured 2%.)
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "core/rehearsal/proportion.h"
#include "core/rehearsal/rehearse.h"

namespace sluice::rehearsal {
namespace {

constexpr double kImprobable = 1e-8;

std::uint64_t seed_of_this_run() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("SLUICE_SEED");
    const std::uint64_t chosen =
        given != nullptr ? std::strtoull(given, nullptr, 10) : (std::uint64_t{std::random_device{}()} << 16);
    std::printf("SLUICE_SEED=%llu repeats this run\n", static_cast<unsigned long long>(chosen));
    return chosen;
  }();
  return seed;
}

std::vector<analysis::JudgeSettings> the_test() { return {{.analysis = analysis::AnalysisSettings{}}}; }

std::int64_t rollbacks(const Scenario& scenario, int runs) {
  std::int64_t count = 0;
  for (int i = 0; i < runs; ++i) {
    const auto outcomes = rehearse(scenario, seed_of_this_run() + static_cast<std::uint64_t>(i), the_test());
    count += outcomes[0].rolled_back ? 1 : 0;
  }
  return count;
}

TEST(CanarySuite, LeavesGoodVersionsAlone) {
  constexpr int kRuns = 12;
  std::int64_t all = 0;
  std::int64_t runs = 0;
  for (const double rate : {20.0, 100.0}) {
    for (const Scenario& scenario : quiet_scenarios(rate)) {
      const std::int64_t count = rollbacks(scenario, kRuns);
      EXPECT_LT(count, improbable_count(kRuns, 0.01, kImprobable)) << rate << " rps, " << scenario.name;
      all += count;
      runs += kRuns;
    }
  }
  EXPECT_LT(all, improbable_count(runs, 0.01, kImprobable)) << "of " << runs;
}

TEST(CanarySuite, LeavesGoodVersionsAloneWhoseRequestsAreNotIndependent) {
  constexpr int kRuns = 20;
  for (const Scenario& scenario : dependent_scenarios(100)) {
    EXPECT_LT(rollbacks(scenario, kRuns), improbable_count(kRuns, 0.02, kImprobable)) << scenario.name;
  }
}

/// The alarms that a starter's `sluice.yaml` has, on what the scenarios make.
std::vector<analysis::Alarm> alarms(analysis::Action gate) {
  using std::chrono::seconds;
  const analysis::Alarm errors{
      .name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{60}, .gate_on_blue = gate};
  analysis::Alarm slow = errors;
  slow.name = "p95";
  slow.metric = analysis::Metric::LatencyP95;
  slow.above = 3000;
  return {errors, slow};
}

TEST(CanarySuite, LeavesGoodVersionsAloneByEverythingWhereAlarmsAreGated) {
  constexpr int kRuns = 20;
  const std::vector<analysis::JudgeSettings> everything{
      {.alarms = alarms(analysis::Action::Hold), .analysis = analysis::AnalysisSettings{}},
      {.alarms = alarms(analysis::Action::Hold)}};
  // Those in which alarms without a gate take back a quarter of all good versions, or nearly all.
  const auto quiet = quiet_scenarios(20);
  const std::vector<Scenario> scenarios{quiet[1], quiet[2], quiet[6], quiet[7], dependent_scenarios(20)[1]};
  std::int64_t all = 0;
  for (const Scenario& scenario : scenarios) {
    std::vector<std::int64_t> count(everything.size());
    for (int i = 0; i < kRuns; ++i) {
      const auto outcomes = rehearse(scenario, seed_of_this_run() + static_cast<std::uint64_t>(i), everything);
      for (std::size_t j = 0; j < count.size(); ++j) count[j] += outcomes[j].rolled_back ? 1 : 0;
    }
    const double promised = scenario.group_size > 1 ? 0.02 : 0.01;
    EXPECT_LT(count[0], improbable_count(kRuns, promised, kImprobable)) << scenario.name;
    EXPECT_LT(count[1], improbable_count(kRuns, promised, kImprobable)) << scenario.name << ", without the comparison";
    all += count[1];
  }
  EXPECT_LT(all, improbable_count(kRuns * static_cast<std::int64_t>(scenarios.size()), 0.01, kImprobable));
}

/// A fault brings far more evidence until the alarm's periods are over than the gate asks for.
TEST(CanarySuite, TheGateOfAnAlarmCostsNoTimeWhereGreenIsBad) {
  const std::vector<analysis::JudgeSettings> both{{.alarms = alarms(analysis::Action::Hold)},
                                                  {.alarms = alarms(analysis::Action::Rollback)}};
  for (const Scenario& scenario :
       {error_fault(20, 0.2), error_fault(20, 1), error_fault(100, 0.05), error_fault(100, 1), latency_fault(100, 4)}) {
    for (std::uint64_t i = 0; i < 5; ++i) {
      const auto outcomes = rehearse(scenario, seed_of_this_run() + i, both);
      EXPECT_TRUE(outcomes[1].rolled_back.has_value()) << scenario.name;
      EXPECT_EQ(outcomes[0].rolled_back, outcomes[1].rolled_back) << scenario.name;
    }
  }
}

struct Goal {
  Scenario scenario;
  double median_seconds;
  double p95_seconds;  ///< 0: none.
};

/// The chance of a run to take longer than the promised median is at most a half, longer than p95 at most 5%, and to
/// end without a decision at most 1%.
TEST(CanarySuite, TakesBadVersionsBackAsSoonAsPromised) {
  constexpr int kRuns = 40;
  for (const Goal& goal : std::vector<Goal>{{error_fault(20, 0.2), 14, 0},
                                            {error_fault(20, 1), 6, 0},
                                            {error_fault(100, 0.02), 42, 105},
                                            {error_fault(100, 0.05), 14, 30},
                                            {error_fault(100, 0.2), 5, 0},
                                            {error_fault(100, 1), 4, 0},
                                            {latency_fault(100, 2), 15, 0},
                                            {latency_fault(100, 4), 4.5, 0}}) {
    std::int64_t missed = 0;
    std::int64_t slow = 0;
    std::int64_t very_slow = 0;
    for (int i = 0; i < kRuns; ++i) {
      const auto outcomes = rehearse(goal.scenario, seed_of_this_run() + static_cast<std::uint64_t>(i), the_test());
      const auto took = outcomes[0].took;
      missed += outcomes[0].rolled_back ? 0 : 1;
      const double seconds = took ? std::chrono::duration<double>(*took).count() : outcomes[0].rolled_back ? 0 : 1e9;
      slow += seconds > goal.median_seconds ? 1 : 0;
      very_slow += goal.p95_seconds > 0 && seconds > goal.p95_seconds ? 1 : 0;
    }
    EXPECT_LT(missed, improbable_count(kRuns, 0.01, kImprobable)) << goal.scenario.name;
    EXPECT_LT(slow, improbable_count(kRuns, 0.5, kImprobable)) << goal.scenario.name;
    EXPECT_LT(very_slow, improbable_count(kRuns, 0.05, kImprobable)) << goal.scenario.name;
  }
}

TEST(CanarySuite, TheBoundThatIsShownHoldsAtEverySecond) {
  constexpr int kRuns = 25;
  for (const Scenario& scenario : {quiet_scenarios(100)[1], error_fault(100, 0.05)}) {
    std::int64_t broken = 0;
    for (int i = 0; i < kRuns; ++i) {
      broken += bound_is_broken(scenario, seed_of_this_run() + static_cast<std::uint64_t>(i), {}) ? 1 : 0;
    }
    // It begins anew with each of the two steps.
    EXPECT_LT(broken, improbable_count(kRuns, 2 * 0.05, kImprobable)) << scenario.name;
  }
}

}  // namespace
}  // namespace sluice::rehearsal
