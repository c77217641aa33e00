// What the sequential test costs: one request accounted into a slot, one second of one deployment (ten slots of both
// colours and the assessment), and one of ten thousand, as ratios to their budgets.
#include "core/analysis/sequential_test.h"

#include <benchmark/benchmark.h>

#include <ctime>
#include <random>
#include <vector>

namespace sluice::analysis {
namespace {

constexpr double kSecondBudget = 50e-6;
constexpr double kRequestBudget = 50e-9;

struct Pair {
  Slot green;
  Slot blue;
};

Slot slot_of(std::mt19937_64& random, double mean) {
  Slot slot;
  slot.requests = std::poisson_distribution<int>(mean)(random);
  slot.server_errors = std::binomial_distribution<int>(static_cast<int>(slot.requests), 0.005)(random);
  slot.requests_with_log_errors = std::binomial_distribution<int>(static_cast<int>(slot.requests), 0.002)(random);
  std::lognormal_distribution<double> latency(5.8, 0.8);
  for (int i = 0; i < slot.requests; ++i) slot.latency.add(latency(random));
  return slot;
}

/// A minute of slots, of `requests` a second, a tenth of them GREEN's.
std::vector<Pair> minute_of(double requests) {
  std::mt19937_64 random(1);
  std::vector<Pair> slots;
  for (int i = 0; i < 600; ++i) {
    slots.push_back({.green = slot_of(random, requests / 100), .blue = slot_of(random, requests * 0.09)});
  }
  return slots;
}

/// Runs the loop and reports its processor time as a share of the budget: below 1 is within it.
template <typename Body>
void measure(benchmark::State& state, double budget_seconds, Body body) {
  const std::clock_t begun = std::clock();
  for (auto _ : state) body();
  const double seconds = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  state.counters["of_budget"] = seconds / static_cast<double>(state.iterations()) / budget_seconds;
}

/// Of the budget for one second of one deployment. The argument: requests a second.
void one_second(benchmark::State& state) {
  std::vector<Pair> slots = minute_of(static_cast<double>(state.range(0)));
  SequentialTest test = *SequentialTest::create({});
  TimePoint now{std::chrono::seconds{1'700'000'000}};
  test.weight_changed(Weight::from_basis_points(1000).value());
  std::size_t next = 0;
  measure(state, kSecondBudget, [&] {
    for (int i = 0; i < 10; ++i) {
      Pair& pair = slots[next++ % slots.size()];
      pair.green.start = pair.blue.start = now;
      test.observe(pair.green, pair.blue);
      now += kSlotLength;
    }
    benchmark::DoNotOptimize(test.assess());
  });
  state.counters["state_bytes"] = static_cast<double>(test.serialize().size());
}
BENCHMARK(one_second)->Arg(20)->Arg(100)->Arg(1000)->Arg(20'000);

/// Of one second of one core: a second of ten thousand deployments, each with a state of its own that no cache holds.
void ten_thousand_deployments(benchmark::State& state) {
  constexpr std::size_t kDeployments = 10'000;
  std::vector<Pair> slots = minute_of(100);
  SequentialTest begun = *SequentialTest::create({});
  begun.weight_changed(Weight::from_basis_points(1000).value());
  std::vector<SequentialTest> tests(kDeployments, begun);
  TimePoint now{std::chrono::seconds{1'700'000'000}};
  std::size_t next = 0;
  measure(state, 1.0, [&] {
    for (SequentialTest& test : tests) {
      for (int i = 0; i < 10; ++i) {
        Pair& pair = slots[next++ % slots.size()];
        pair.green.start = pair.blue.start = now + i * kSlotLength;
        test.observe(pair.green, pair.blue);
      }
      benchmark::DoNotOptimize(test.assess());
    }
    now += std::chrono::seconds{1};
  });
}
BENCHMARK(ten_thousand_deployments)->Unit(benchmark::kMillisecond);

void keep_the_state(benchmark::State& state) {
  const std::vector<Pair> slots = minute_of(1000);
  SequentialTest test = *SequentialTest::create({});
  for (const Pair& pair : slots) test.observe(pair.green, pair.blue);
  measure(state, kSecondBudget, [&] { benchmark::DoNotOptimize(test.serialize()); });
}
BENCHMARK(keep_the_state);

void one_request(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(5.8, 0.8);
  std::vector<double> latencies(4096);
  for (double& value : latencies) value = latency(random);
  Slot slot;
  std::size_t next = 0;
  measure(state, kRequestBudget, [&] {
    // A slot of a busy service holds a few hundred requests; then the next begins.
    if (next % 512 == 0) slot = {};
    ++slot.requests;
    benchmark::DoNotOptimize(slot.latency.add(latencies[next++ % latencies.size()]));
  });
}
BENCHMARK(one_request);

}  // namespace
}  // namespace sluice::analysis

BENCHMARK_MAIN();
