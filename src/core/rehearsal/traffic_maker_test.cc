#include "core/rehearsal/traffic_maker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rehearsal/rehearse.h"

namespace sluice::rehearsal {
namespace {

using std::chrono::seconds;

struct Totals {
  double requests = 0;
  double green = 0;
  double green_errors = 0;
  double blue_errors = 0;
  double slots = 0;
  double squares = 0;  ///< Of GREEN's errors in a second.
  analysis::LatencyHistogram green_latency;
  analysis::LatencyHistogram blue_latency;
};

Totals totals(const Scenario& scenario, std::uint64_t seed, double share) {
  Totals sum;
  TrafficMaker traffic(scenario, seed);
  while (auto pair = traffic.next()) {
    if (pair->share != share) continue;
    ++sum.slots;
    sum.requests += static_cast<double>(pair->green.requests + pair->blue.requests);
    sum.green += static_cast<double>(pair->green.requests);
    sum.green_errors += static_cast<double>(pair->green.server_errors);
    sum.blue_errors += static_cast<double>(pair->blue.server_errors);
    sum.squares += static_cast<double>(pair->green.server_errors * pair->green.server_errors);
    sum.green_latency.merge(pair->green.latency);
    sum.blue_latency.merge(pair->blue.latency);
  }
  return sum;
}

Scenario long_scenario() {
  return {.requests_a_second = 500, .errors = 0.01, .steps = {{.share = 0.25, .length = std::chrono::minutes{10}}}};
}

TEST(TrafficMaker, MakesWhatTheScenarioSays) {
  Scenario scenario = long_scenario();
  scenario.fault = Fault{.errors = 0.05, .slower = 2};
  const Totals sum = totals(scenario, 1, 0.25);
  EXPECT_EQ(sum.slots, 6000);
  EXPECT_NEAR(sum.requests, 300'000, 6 * std::sqrt(300'000.0));
  EXPECT_NEAR(sum.green / sum.requests, 0.25, 0.006);
  EXPECT_NEAR(sum.green_errors / sum.green, 0.05, 0.006);
  EXPECT_NEAR(sum.blue_errors / (sum.requests - sum.green), 0.01, 0.002);
  EXPECT_EQ(static_cast<double>(sum.green_latency.total()), sum.green);
  EXPECT_NEAR(analysis::latency_edge(sum.blue_latency.quantile_bucket(0.5)), 330, 20);
  EXPECT_NEAR(analysis::latency_edge(sum.blue_latency.quantile_bucket(0.95)), 1230, 70);
  EXPECT_NEAR(analysis::latency_edge(sum.green_latency.quantile_bucket(0.95)), 2460, 140);
}

TEST(TrafficMaker, StepsOfLatenciesChangeAtTheLevelsThatAreCompared) {
  Scenario scenario = long_scenario();
  scenario.latencies = Latencies::Steps;
  scenario.fault = Fault{.slower = 2};
  const Totals sum = totals(scenario, 7, 0.25);
  const auto above = [](const analysis::LatencyHistogram& latencies, double milliseconds) {
    return static_cast<double>(latencies.count_above(analysis::latency_bucket(milliseconds))) /
           static_cast<double>(latencies.total());
  };
  for (const auto& [milliseconds, share] : {std::pair{100.0, 0.5}, {300.0, 0.2}, {900.0, 0.05}, {2700.0, 0.0}}) {
    EXPECT_NEAR(above(sum.blue_latency, milliseconds), share, 0.01) << milliseconds;
    EXPECT_NEAR(above(sum.green_latency, 2 * milliseconds), share, 0.01) << milliseconds;
  }
}

TEST(TrafficMaker, EachTwentiethAnswerOfAColourIsSlow) {
  Scenario scenario = long_scenario();
  scenario.latencies = Latencies::EveryTwentieth;
  const Totals sum = totals(scenario, 8, 0.25);
  for (const auto* latencies : {&sum.green_latency, &sum.blue_latency}) {
    const std::int64_t slow = latencies->count_above(analysis::latency_bucket(100));
    EXPECT_NEAR(static_cast<double>(slow), static_cast<double>(latencies->total()) / 20, 1);
    EXPECT_EQ(latencies->count_above(analysis::latency_bucket(300)), 0);
  }
}

TEST(TrafficMaker, WarmsUpWithBlueAloneAndTellsTheChangesOfShare) {
  const Scenario scenario{.requests_a_second = 50};
  TrafficMaker traffic(scenario, 2);
  std::vector<double> shares;
  std::int64_t slots = 0;
  while (auto pair = traffic.next()) {
    if (pair->new_share) shares.push_back(pair->share);
    EXPECT_TRUE(!shares.empty() || pair->green.requests == 0);
    ++slots;
  }
  EXPECT_EQ(shares, (std::vector<double>{0.1, 0.5}));
  EXPECT_EQ(slots, 600 + 2400 + 2400);
}

TEST(TrafficMaker, BeginsAFaultWhenTheScenarioDoes) {
  Scenario scenario = long_scenario();
  scenario.fault = Fault{.errors = 1, .from = seconds{30}};
  TrafficMaker traffic(scenario, 3);
  while (auto pair = traffic.next()) {
    const bool later = pair->green.start >= kRehearsalStart + scenario.warm_up + seconds{30};
    EXPECT_EQ(pair->faulty, later);
    EXPECT_TRUE(!later || pair->green.server_errors == pair->green.requests);
  }
}

TEST(TrafficMaker, AnOutageStrikesBothColoursAlike) {
  Scenario scenario = long_scenario();
  scenario.disturbance = Disturbance::Outage;
  const Totals sum = totals(scenario, 4, 0.25);
  const double expected = 0.01 + 0.3 * 0.99 * 60 / 600;
  EXPECT_NEAR(sum.green_errors / sum.green, expected, 0.006);
  EXPECT_NEAR(sum.blue_errors / (sum.requests - sum.green), expected, 0.004);
}

TEST(TrafficMaker, GroupsShareTheirLuckAndKeepTheRate) {
  Scenario scenario = long_scenario();
  const Totals single = totals(scenario, 5, 0.25);
  scenario.group_size = 5;
  const Totals groups = totals(scenario, 5, 0.25);
  EXPECT_NEAR(groups.requests / single.requests, 1, 0.02);
  EXPECT_NEAR(groups.green_errors / groups.green, 0.01, 0.002);
  // Errors of a slot that is a tenth of a group's second: their variance is still far above a Poisson count's.
  const auto dispersion = [](const Totals& sum) {
    const double mean = sum.green_errors / sum.slots;
    return (sum.squares / sum.slots - mean * mean) / mean;
  };
  EXPECT_NEAR(dispersion(single), 1, 0.1);
  EXPECT_GT(dispersion(groups), 1.2);
}

TEST(TrafficMaker, SkewsTheShareThatTheRouterWasTold) {
  Scenario scenario = long_scenario();
  scenario.skew = 1.4;
  const Totals sum = totals(scenario, 6, 0.25);
  EXPECT_NEAR(sum.green / sum.requests, 0.35, 0.006);
}

TEST(Rehearsal, IsTheSameForTheSameSeed) {
  const std::vector<analysis::JudgeSettings> judges{{.analysis = analysis::AnalysisSettings{}}};
  const Scenario scenario = error_fault(100, 0.2);
  const auto one = rehearse(scenario, 9, judges);
  const auto same = rehearse(scenario, 9, judges);
  ASSERT_TRUE(one[0].rolled_back.has_value());
  EXPECT_EQ(one[0].rolled_back, same[0].rolled_back);
  EXPECT_EQ(one[0].reason, "sequential errors");
  EXPECT_GT(one[0].bad_responses, 0);
  EXPECT_LE(*one[0].took, *one[0].rolled_back);
}

}  // namespace
}  // namespace sluice::rehearsal
