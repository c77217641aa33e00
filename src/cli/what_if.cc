#include "cli/what_if.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "core/config/form.h"
#include "core/rehearsal/proportion.h"
#include "core/rehearsal/rehearse.h"

namespace sluice::cli {
namespace {

using rehearsal::Fault;
using rehearsal::Outcome;
using rehearsal::Scenario;
using server::Arguments;

constexpr double kMostRequests = 5000;  ///< A second.
constexpr long kMostRuns = 10'000;
constexpr std::uint64_t kSeed = 1;
/// Longer steps are rehearsed up to this: what has not been found by then is slow enough.
constexpr Milliseconds kLongestStep{std::chrono::minutes{30}};

struct Question {
  double requests_a_second = 100;
  double errors = 0.0005;
  long runs = 100;
};

Result<double> positive(const std::string& option, const std::string& text, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value > 0 && value <= most) return value;
  return Error{ErrorKind::InvalidInput,
               fmt::format("--{} must be a number above 0 and up to {:g}, not '{}'", option, most, text)};
}

Result<Question> question_of(const Arguments& arguments) {
  Question question;
  if (arguments.has("rate")) {
    TRY_ASSIGN(question.requests_a_second, positive("rate", arguments.one("rate"), kMostRequests));
  }
  if (arguments.has("errors")) {
    const std::string text = arguments.one("errors");
    if (config::form::kShare.check(text)) {
      return Error{ErrorKind::InvalidInput, fmt::format("--errors must be a share, like 0.05%, not '{}'", text)};
    }
    question.errors = config::parse_share(text);
  }
  if (arguments.has("runs")) {
    TRY_ASSIGN(const double runs, positive("runs", arguments.one("runs"), kMostRuns));
    question.runs = std::max(1L, std::lround(runs));
  }
  return question;
}

std::vector<rehearsal::Step> steps_of(const rollout::Strategy& strategy) {
  std::vector<rehearsal::Step> steps;
  for (const rollout::TrafficStep& step : strategy.steps) {
    if (step.weight == Weight::full() || step.bake == Milliseconds{0}) continue;
    steps.push_back(
        {.share = step.weight.basis_points() / double{Weight::kFull}, .length = std::min(step.bake, kLongestStep)});
  }
  return steps;
}

std::vector<Scenario> scenarios_of(const Question& question, const rollout::Strategy& strategy) {
  const Scenario good{.name = "none",
                      .requests_a_second = question.requests_a_second,
                      .errors = question.errors,
                      .steps = steps_of(strategy)};
  std::vector<Scenario> scenarios{good};
  const auto add = [&](std::string name, const Fault& fault) {
    scenarios.push_back(good);
    scenarios.back().name = std::move(name);
    scenarios.back().fault = fault;
  };
  for (const double errors : {0.01, 0.02, 0.05, 0.2, 1.0}) {
    if (errors > question.errors) add(fmt::format("5xx to {:g}%", errors * 100), {.errors = errors});
  }
  for (const double slower : {1.5, 2.0, 4.0}) add(fmt::format("{:g} times as slow", slower), {.slower = slower});
  return scenarios;
}

struct Answer {
  std::string fault;
  std::int64_t runs = 0;
  std::int64_t found = 0;
  std::vector<double> seconds;  ///< From the first bad response on, sorted, of those that were found.
  std::vector<double> bad;      ///< Bad responses by then.
};

Answer answer_for(const Scenario& scenario, long runs, const analysis::JudgeSettings& judge) {
  Answer answer{.fault = scenario.name, .runs = runs};
  for (long i = 0; i < runs; ++i) {
    const Outcome outcome = rehearsal::rehearse(scenario, kSeed + static_cast<std::uint64_t>(i), {judge}).front();
    if (!outcome.rolled_back) continue;
    ++answer.found;
    answer.seconds.push_back(outcome.took ? std::chrono::duration<double>(*outcome.took).count() : 0);
    answer.bad.push_back(static_cast<double>(outcome.bad_responses));
  }
  std::ranges::sort(answer.seconds);
  std::ranges::sort(answer.bad);
  return answer;
}

/// Of all runs; nothing when so many were not found.
std::optional<double> quantile(const std::vector<double>& sorted, std::int64_t runs, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(runs)));
  if (rank == 0 || rank > sorted.size()) return std::nullopt;
  return sorted[rank - 1];
}

boost::json::value or_null(const std::optional<double>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

void print_json(const Answer& answer) {
  const boost::json::object line{{"type", "what_if"},
                                 {"fault", answer.fault},
                                 {"runs", answer.runs},
                                 {"rolled_back", answer.found},
                                 {"median_seconds", or_null(quantile(answer.seconds, answer.runs, 0.5))},
                                 {"p95_seconds", or_null(quantile(answer.seconds, answer.runs, 0.95))},
                                 {"median_bad_responses", or_null(quantile(answer.bad, answer.runs, 0.5))},
                                 {"p95_bad_responses", or_null(quantile(answer.bad, answer.runs, 0.95))}};
  std::printf("%s\n", boost::json::serialize(line).c_str());
}

std::string or_dash(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : std::string("-");
}

std::string percent(std::int64_t count, std::int64_t runs) {
  return fmt::format("{:.3g}%", 100.0 * static_cast<double>(count) / static_cast<double>(runs));
}

void print_row(const Answer& answer) {
  const auto at = [&](const std::vector<double>& values, double q, int decimals) {
    return or_dash(quantile(values, answer.runs, q), decimals);
  };
  std::printf("%-20s %10s %10s %10s %12s %10s\n", answer.fault.c_str(), percent(answer.found, answer.runs).c_str(),
              at(answer.seconds, 0.5, 1).c_str(), at(answer.seconds, 0.95, 1).c_str(), at(answer.bad, 0.5, 0).c_str(),
              at(answer.bad, 0.95, 0).c_str());
}

void print_head(const Question& question, const std::vector<rehearsal::Step>& steps) {
  std::string shares;
  for (const rehearsal::Step& step : steps) {
    shares += fmt::format("{}{:g}% for {}", shares.empty() ? "" : ", ", step.share * 100, format_duration(step.length));
  }
  std::printf("%g requests a second, of which BLUE answers 5xx to %g%%; GREEN gets %s; %ld made-up canaries a line\n\n",
              question.requests_a_second, question.errors * 100, shares.c_str(), question.runs);
  std::printf("%-20s %10s %21s %23s\n", "", "taken", "seconds until then", "bad responses seen");
  std::printf("%-20s %10s %10s %10s %12s %10s\n", "GREEN's fault", "back", "half", "95 of 100", "half", "95 of 100");
}

void print_foot(const Answer& none) {
  std::printf(
      "\nA good version was taken back in %lld of %lld: the chance is below %.2g%% (95%% sure).\n"
      "Time counts from GREEN's first bad response; where it is slow, every response of it is bad.\n",
      static_cast<long long>(none.found), static_cast<long long>(none.runs),
      100 * rehearsal::upper_bound_of_chance(none.found, none.runs, 0.95));
}

}  // namespace

int run_what_if(const Invocation& invocation, const config::Checks& checks) {
  const auto question = question_of(invocation.arguments);
  if (!question) {
    std::fprintf(stderr, "sluice: %s\n", question.error().message.c_str());
    return 2;
  }
  const std::vector<Scenario> scenarios = scenarios_of(*question, checks.strategy);
  if (scenarios.front().steps.empty()) {
    std::fputs("sluice: no step below 100% bakes: there is nothing to rehearse\n", stderr);
    return 2;
  }
  const analysis::JudgeSettings judge{.alarms = checks.alarms, .analysis = checks.analysis};
  if (!invocation.json) print_head(*question, scenarios.front().steps);
  std::optional<Answer> none;
  for (const Scenario& scenario : scenarios) {
    Answer answer = answer_for(scenario, question->runs, judge);
    if (invocation.json) {
      print_json(answer);
    } else if (scenario.fault) {
      print_row(answer);
      std::fflush(stdout);
    }
    if (!scenario.fault) none = std::move(answer);
  }
  if (!invocation.json) print_foot(*none);
  return 0;
}

}  // namespace sluice::cli
