#include "core/rehearsal/scenario.h"

#include <fmt/format.h>

namespace sluice::rehearsal {
namespace {

constexpr double kMargin = 1.5;          ///< Of errors, in the default analysis.
constexpr double kLatencyMargin = 1.25;  ///< Of latencies.

Scenario faulty(double rate, Fault fault) { return {.requests_a_second = rate, .fault = fault}; }

}  // namespace

std::vector<Scenario> quiet_scenarios(double requests_a_second) {
  const double rate = requests_a_second;
  return {
      {.name = "equal, 0.05%", .requests_a_second = rate},
      {.name = "equal, 0.5%", .requests_a_second = rate, .errors = 0.005},
      {.name = "at the margin, 0.75% against 0.5%",
       .requests_a_second = rate,
       .errors = 0.005,
       .fault = Fault{.errors = 0.005 * kMargin}},
      {.name = "latency at the margin, x1.25", .requests_a_second = rate, .fault = Fault{.slower = kLatencyMargin}},
      {.name = "latency inside it, x1.1", .requests_a_second = rate, .fault = Fault{.slower = 1.1}},
      {.name = "a day's wave and bursts", .requests_a_second = rate, .load = Load::Bursts},
      {.name = "outage of both", .requests_a_second = rate, .disturbance = Disturbance::Outage},
      {.name = "blips of both", .requests_a_second = rate, .disturbance = Disturbance::Blips},
      {.name = "true share 14% and 70%", .requests_a_second = rate, .skew = 1.4},
      {.name = "heavy tails", .requests_a_second = rate, .latencies = Latencies::HeavyTails},
      {.name = "latencies in steps", .requests_a_second = rate, .latencies = Latencies::Steps},
  };
}

std::vector<Scenario> dependent_scenarios(double requests_a_second) {
  const Scenario clusters{
      .name = "clusters, 0.5%", .requests_a_second = requests_a_second, .errors = 0.005, .group_size = 5};
  Scenario outage = clusters;
  outage.name = "clusters and outage";
  outage.disturbance = Disturbance::Outage;
  return {clusters,
          outage,
          {.name = "each twentieth is slow",
           .requests_a_second = requests_a_second,
           .latencies = Latencies::EveryTwentieth}};
}

Scenario error_fault(double requests_a_second, double errors) {
  Scenario scenario = faulty(requests_a_second, {.errors = errors});
  scenario.name = fmt::format("5xx {:.3g}%", errors * 100);
  return scenario;
}

Scenario latency_fault(double requests_a_second, double slower) {
  Scenario scenario = faulty(requests_a_second, {.slower = slower});
  scenario.name = fmt::format("latency x{:.3g}", slower);
  return scenario;
}

}  // namespace sluice::rehearsal
