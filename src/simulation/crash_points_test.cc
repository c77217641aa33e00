// For every n: the controller dies at the n-th place of a short plan, for every place that there is.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "simulation/simulation.h"

namespace sluice::simulation {

static void PrintTo(Fault fault, std::ostream* out) { *out << to_string(fault); }

namespace {

constexpr int kMost = 500;

class CrashPoints : public testing::TestWithParam<Fault> {};

TEST_P(CrashPoints, AtEveryPlaceTheShortPlanGoesOnToItsEnd) {
  SimulationOptions options;
  options.faults.clear();
  options.scenario = short_scenario();
  int n = 1;
  for (; n <= kMost; ++n) {
    options.crash_point = CrashPoint{GetParam(), n};
    const SimulationResult result = run_simulation(1, options);
    ASSERT_FALSE(result.violation) << fmt::format("{} at the {}-th place: {}", to_string(GetParam()), n,
                                                  *result.violation);
    if (!result.crash_point_reached) break;
    EXPECT_EQ(result.crashes, 1);
    EXPECT_EQ(result.deployments, 2) << n;
    EXPECT_EQ(result.outcomes.at(rollout::Outcome::Succeeded), 2) << n;
  }
  EXPECT_LT(n, kMost) << "the places never ended";
  // Two deployments of ten and more stages each, with their messages, summaries and the keeper's looks.
  EXPECT_GT(n, 30) << "too few places to mean anything";
  RecordProperty("places", n - 1);
}

INSTANTIATE_TEST_SUITE_P(All, CrashPoints,
                         testing::Values(Fault::CrashBeforeAppend, Fault::CrashAfterAppend, Fault::CrashBeforeDone),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace sluice::simulation
