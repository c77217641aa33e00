// Runs made-up canaries through the sequential test and the alarms of the default sluice.yaml, and prints how often
// each takes back a good version and how soon a bad one, beside the goals.
//
//   canary_suite [--runs 3000] [--seed 1] [--cells PART-OF-A-NAME]
//
// A cell is repeatable: run i of a cell has the seed SEED + i.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "core/rehearsal/proportion.h"
#include "core/rehearsal/rehearse.h"

namespace sluice::rehearsal {
namespace {

using analysis::Alarm;
using analysis::JudgeSettings;

struct Settings {
  long runs = 300;
  std::uint64_t seed = 1;
  std::string cells;  ///< Only those whose name holds it.
};

/// The alarms that the story asks for, on what the scenarios make.
std::vector<Alarm> story_alarms(analysis::Action gate) {
  using std::chrono::seconds;
  return {{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{60}, .gate_on_blue = gate},
          {.name = "p95",
           .metric = analysis::Metric::LatencyP95,
           .above = 3000,
           .datapoints = 3,
           .out_of = 5,
           .every = seconds{60},
           .gate_on_blue = gate}};
}

enum Judge : std::size_t { Sequential, Gated, Ungated };

std::vector<JudgeSettings> judges() {
  return {{.analysis = analysis::AnalysisSettings{}},
          {.alarms = story_alarms(analysis::Action::Hold)},
          {.alarms = story_alarms(analysis::Action::Rollback)}};
}

std::string share(std::int64_t count, std::int64_t runs) {
  return fmt::format("{:.2f}%", 100.0 * static_cast<double>(count) / static_cast<double>(runs));
}

std::string share_with_bound(std::int64_t count, std::int64_t runs) {
  return fmt::format("{} (<{:.2f}%)", share(count, runs), 100 * upper_bound_of_chance(count, runs, 0.95));
}

std::vector<std::vector<Outcome>> run_cell(const Scenario& scenario, const Settings& settings) {
  std::vector<std::vector<Outcome>> runs;
  for (long i = 0; i < settings.runs; ++i) {
    runs.push_back(rehearse(scenario, settings.seed + static_cast<std::uint64_t>(i), judges()));
  }
  return runs;
}

/// A cell's name begins with its rate: `100 rps, clusters`.
std::string name_of(const Scenario& scenario) {
  return fmt::format("{:g} rps, {}", scenario.requests_a_second, scenario.name);
}

bool is_wanted(const Scenario& scenario, const Settings& settings) {
  return name_of(scenario).find(settings.cells) != std::string::npos;
}

void print_quiet(const Scenario& scenario, double goal, const Settings& settings) {
  if (!is_wanted(scenario, settings)) return;
  std::int64_t sequential = 0;
  std::int64_t gated = 0;
  std::int64_t gated_alone = 0;
  std::int64_t ungated = 0;
  for (const auto& outcomes : run_cell(scenario, settings)) {
    const auto rolls_back = [&](Judge judge) { return outcomes[judge].rolled_back.has_value(); };
    sequential += rolls_back(Sequential) ? 1 : 0;
    gated += rolls_back(Sequential) || rolls_back(Gated) ? 1 : 0;
    gated_alone += rolls_back(Gated) ? 1 : 0;
    ungated += rolls_back(Ungated) ? 1 : 0;
  }
  const auto verdict = [&](std::int64_t count) {
    return static_cast<double>(count) <= goal * static_cast<double>(settings.runs) ? "" : " BROKEN";
  };
  fmt::print("| {} | {}{} | {}{} | {} | {} | <= {:g}% |\n", name_of(scenario),
             share_with_bound(sequential, settings.runs), verdict(sequential), share_with_bound(gated, settings.runs),
             verdict(gated), share(gated_alone, settings.runs), share(ungated, settings.runs), goal * 100);
  std::fflush(stdout);
}

/// At the rank q * n, rounded up; `-` when fewer were found.
std::string quantile(std::vector<double>& seconds, std::size_t runs, double q) {
  std::ranges::sort(seconds);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(runs)));
  if (rank == 0 || rank > seconds.size()) return "-";
  return fmt::format("{:.1f}", seconds[rank - 1]);
}

struct Timed {
  std::vector<double> seconds;
  std::vector<double> bad;
  std::int64_t missed = 0;
};

Timed timed(const std::vector<std::vector<Outcome>>& runs, const std::function<const Outcome&(std::size_t)>& pick) {
  Timed timed;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Outcome& outcome = pick(i);
    if (!outcome.rolled_back) {
      ++timed.missed;
      continue;
    }
    timed.seconds.push_back(outcome.took ? std::chrono::duration<double>(*outcome.took).count() : 0);
    timed.bad.push_back(static_cast<double>(outcome.bad_responses));
  }
  return timed;
}

std::string cell(Timed timed, std::size_t runs) {
  const std::string median = quantile(timed.seconds, runs, 0.5);
  const std::string p95 = quantile(timed.seconds, runs, 0.95);
  const std::string bad = quantile(timed.bad, runs, 0.5);
  const std::string missed = timed.missed == 0 ? "" : ", misses " + share(timed.missed, static_cast<long>(runs));
  return fmt::format("{}/{} ({}){}", median, p95, bad.substr(0, bad.find('.')), missed);
}

struct Goal {
  double median = 0;  ///< Seconds; 0: none.
  double p95 = 0;
  double bad = 0;
};

std::string judged(const Goal& goal, Timed measured, std::size_t runs) {
  if (goal.median == 0) return "";
  const auto over = [&](std::vector<double>& values, double q, double limit) {
    const std::string value = quantile(values, runs, q);
    return limit > 0 && (value == "-" || std::stod(value) > limit);
  };
  const bool broken = over(measured.seconds, 0.5, goal.median) || over(measured.seconds, 0.95, goal.p95) ||
                      over(measured.bad, 0.5, goal.bad) ||
                      static_cast<double>(measured.missed) > 0.01 * static_cast<double>(runs);
  std::string text = fmt::format("<= {:g} s", goal.median);
  if (goal.p95 > 0) text += fmt::format(", p95 <= {:g} s", goal.p95);
  if (goal.bad > 0) text += fmt::format(", <= {:g} bad", goal.bad);
  return text + (broken ? " BROKEN" : " holds");
}

void print_fault(const Scenario& scenario, const Goal& goal, const Settings& settings) {
  if (!is_wanted(scenario, settings)) return;
  const auto runs = run_cell(scenario, settings);
  const auto of = [&](std::size_t judge) {
    return timed(runs, [&, judge](std::size_t i) -> const Outcome& { return runs[i][judge]; });
  };
  const Timed everything = timed(runs, [&](std::size_t i) -> const Outcome& {
    const Outcome& test = runs[i][Sequential];
    const Outcome& alarms = runs[i][Gated];
    const bool test_first = test.rolled_back && (!alarms.rolled_back || *test.rolled_back <= *alarms.rolled_back);
    return test_first || !alarms.rolled_back ? test : alarms;
  });
  fmt::print("| {} | {} | {} | {} | {} | {} |\n", name_of(scenario), cell(of(Sequential), runs.size()),
             cell(everything, runs.size()), cell(of(Gated), runs.size()), cell(of(Ungated), runs.size()),
             judged(goal, of(Sequential), runs.size()));
  std::fflush(stdout);
}

void print_quiet_table(const Settings& settings) {
  fmt::print("\n## Good versions that are taken back ({} runs a cell; in brackets the 95% upper bound)\n\n",
             settings.runs);
  fmt::print(
      "| scenario | sequential test | everything, gate_on_blue: hold | the gated alarms alone | alarms, ungated | goal "
      "|\n"
      "|---|---|---|---|---|---|\n");
  for (const double rate : {20.0, 100.0, 1000.0}) {
    for (const Scenario& scenario : quiet_scenarios(rate)) print_quiet(scenario, 0.01, settings);
    for (const Scenario& scenario : dependent_scenarios(rate)) print_quiet(scenario, 0.02, settings);
  }
}

Scenario late(double rate, Milliseconds from) {
  Scenario scenario = error_fault(rate, 0.05);
  scenario.fault->from = from;
  scenario.name += fmt::format(" from {} s on", from.count() / 1000);
  return scenario;
}

Scenario at_half(double rate) {
  Scenario scenario = error_fault(rate, 0.05);
  scenario.fault->from_share = 0.5;
  scenario.name += " only at 50%";
  return scenario;
}

Scenario with(Scenario scenario, const std::string& name, const std::function<void(Scenario&)>& change) {
  scenario.name += ", " + name;
  change(scenario);
  return scenario;
}

void print_fault_table(const Settings& settings) {
  fmt::print("\n## Bad versions: seconds from GREEN's first bad response, median/p95 (bad responses seen)\n\n");
  fmt::print(
      "| fault | sequential test | everything, gate_on_blue: hold | the gated alarms alone | alarms, ungated | goal |\n"
      "|---|---|---|---|---|---|\n");
  print_fault(error_fault(20, 0.05), {.median = 57}, settings);
  print_fault(error_fault(20, 0.2), {.median = 14}, settings);
  print_fault(error_fault(20, 1), {.median = 6}, settings);
  print_fault(error_fault(100, 0.012), {}, settings);
  print_fault(error_fault(100, 0.02), {.median = 42, .p95 = 105}, settings);
  print_fault(error_fault(100, 0.05), {.median = 14, .p95 = 30, .bad = 8}, settings);
  print_fault(error_fault(100, 0.2), {.median = 5}, settings);
  print_fault(error_fault(100, 1), {.median = 4}, settings);
  print_fault(error_fault(1000, 0.012), {}, settings);
  print_fault(error_fault(1000, 0.05), {.median = 4}, settings);
  print_fault(error_fault(1000, 1), {.median = 3}, settings);
  print_fault(latency_fault(20, 2), {}, settings);
  print_fault(latency_fault(20, 4), {}, settings);
  print_fault(latency_fault(100, 1.5), {}, settings);
  print_fault(latency_fault(100, 2), {.median = 15}, settings);
  print_fault(latency_fault(100, 4), {.median = 4.5}, settings);
  print_fault(latency_fault(1000, 2), {}, settings);
  print_fault(late(100, std::chrono::seconds{150}), {.median = 27}, settings);
  print_fault(at_half(100), {.median = 14}, settings);
  print_fault(with(error_fault(100, 0.05), "bursts", [](Scenario& each) { each.load = Load::Bursts; }), {}, settings);
  print_fault(with(error_fault(100, 0.05), "BLUE 0.5%", [](Scenario& each) { each.errors = 0.005; }), {}, settings);
  print_fault(with(error_fault(100, 0.05), "BLUE 0.5%, clusters",
                   [](Scenario& each) {
                     each.errors = 0.005;
                     each.group_size = 5;
                   }),
              {}, settings);
  print_fault(
      with(latency_fault(100, 2), "heavy tails", [](Scenario& each) { each.latencies = Latencies::HeavyTails; }), {},
      settings);
}

void print_bound_table(const Settings& settings) {
  fmt::print(
      "\n## How often GREEN was at any second worse than \"at most … points worse\" (the bound's alpha is 5%)\n\n");
  fmt::print("| scenario | bound broken | goal |\n|---|---|---|\n");
  std::vector<Scenario> scenarios = {quiet_scenarios(20)[0],  quiet_scenarios(100)[0], quiet_scenarios(100)[1],
                                     quiet_scenarios(100)[2], quiet_scenarios(100)[8], error_fault(100, 0.05),
                                     error_fault(20, 0.2)};
  for (const Scenario& scenario : scenarios) {
    if (!is_wanted(scenario, settings)) continue;
    std::int64_t broken = 0;
    for (long i = 0; i < settings.runs; ++i) {
      broken += bound_is_broken(scenario, settings.seed + static_cast<std::uint64_t>(i), {}) ? 1 : 0;
    }
    fmt::print("| {} | {} | <= 5% {} |\n", name_of(scenario), share_with_bound(broken, settings.runs),
               static_cast<double>(broken) <= 0.05 * static_cast<double>(settings.runs) ? "holds" : "BROKEN");
    std::fflush(stdout);
  }
}

template <typename T>
bool read_number(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

int run(const std::vector<std::string>& arguments) {
  Settings settings;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string& value = arguments[i + 1];
    const bool read = (arguments[i] == "--runs" && read_number(value, settings.runs) && settings.runs > 0) ||
                      (arguments[i] == "--seed" && read_number(value, settings.seed));
    if (arguments[i] == "--cells") {
      settings.cells = value;
    } else if (!read) {
      fmt::print(stderr, "canary_suite: cannot use {} {}\n", arguments[i], value);
      return 2;
    }
  }
  if (arguments.size() % 2 != 0) {
    fmt::print(stderr, "usage: canary_suite [--runs 3000] [--seed 1] [--cells PART-OF-A-NAME]\n");
    return 2;
  }
  fmt::print("{} runs a cell, seeds from {}\n", settings.runs, settings.seed);
  print_fault_table(settings);
  print_quiet_table(settings);
  print_bound_table(settings);
  return 0;
}

}  // namespace
}  // namespace sluice::rehearsal

int main(int argc, char** argv) { return sluice::rehearsal::run(std::vector<std::string>(argv + 1, argv + argc)); }
