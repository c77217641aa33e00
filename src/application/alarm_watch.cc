#include "application/alarm_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/analysis/alarm_evaluation.h"
#include "core/analysis/latency_quantile.h"

namespace sluice::application {
namespace {

using analysis::Alarm;
using rollout::CheckResult;
using rollout::Colour;

Milliseconds longest_lookback(const std::vector<Alarm>& alarms) {
  Milliseconds longest{0};
  for (const Alarm& alarm : alarms) longest = std::max(longest, analysis::lookback(alarm));
  return longest;
}

bool compares_with_blue(const Alarm& alarm) { return alarm.threshold == analysis::Threshold::TimesBlue; }

bool compares_with_before(const Alarm& alarm) { return alarm.threshold == analysis::Threshold::TimesBefore; }

bool looks_at_blue(const Alarm& alarm) {
  return compares_with_blue(alarm) || alarm.gate_on_blue == analysis::Action::Hold;
}

/// Why so much was not watched, where the router's own counters tell.
std::string lost(const ports::Measurements& green) {
  if (green.lost_lines == 0) return "";
  return fmt::format(
      "; the router counted {} request{} of GREEN that it told nothing about (lines of its log were lost)",
      green.lost_lines, green.lost_lines == 1 ? "" : "s");
}

/// Why nothing is known of GREEN's log, or of what its tasks use, of an alarm on it.
std::string unread(const MeasurementSources& sources, const rollout::Plan& plan, const Alarm& alarm, TimePoint until) {
  if (analysis::is_of_replicas(alarm.metric)) {
    const auto used = sources.service_log.read_utilization(plan.service, plan.green.id, until);
    return used ? "" : "; " + used.error().message;
  }
  if (!analysis::is_of_log(alarm.metric)) return "";
  const auto log = sources.service_log.read(plan.service, plan.green.id, until);
  return log ? "" : "; " + log.error().message;
}

CheckResult unreadable(const Alarm& alarm, const Error& error) {
  return {alarm.name, analysis::Verdict::Error,
          fmt::format("the alarm {} cannot be judged: {}", alarm.name, error.message)};
}

}  // namespace

TimePoint last_judged(TimePoint now) { return last_judged(now, {}); }

TimePoint last_judged(TimePoint now, const rollout::TelemetryTiming& timing) {
  const auto since_epoch = now.time_since_epoch() - kSettle - timing.delay;
  return TimePoint{since_epoch - since_epoch % timing.grain};
}

std::vector<CheckResult> judge_green(const MeasurementSources& sources, const rollout::State& state, TimePoint now) {
  const rollout::Plan& plan = state.plan;
  const TimePoint until = last_judged(now, rollout::telemetry_timing(plan.green.target));
  const Milliseconds back = longest_lookback(plan.alarms);
  const auto green = measure(sources, plan, Colour::Green, until - back);
  // What BLUE answered before it lost its traffic is wanted by those alone that look at it.
  const bool wants_past = state.full_at && std::ranges::any_of(plan.alarms, looks_at_blue);
  const TimePoint blue_until = wants_past ? std::min(until, *state.full_at) : until;
  Result<ports::Measurements> blue = ports::Measurements{};
  if (plan.blue) blue = measure(sources, plan, Colour::Blue, blue_until - back);
  std::vector<CheckResult> results;
  for (const Alarm& alarm : plan.alarms) {
    if (is_relative(alarm) && !plan.blue) continue;
    if (!green || (compares_with_blue(alarm) && !blue)) {
      results.push_back(unreadable(alarm, green ? blue.error() : green.error()));
      continue;
    }
    std::optional<analysis::Blue> beside;
    if (plan.blue && blue) beside = analysis::Blue{.slots = blue->slots};
    if (beside && wants_past) beside->traffic_until = blue_until;
    if (compares_with_before(alarm)) {
      if (!beside) beside.emplace();  // what BLUE does now matters nothing to it
      if (const auto found = state.baselines.find(alarm.name); found != state.baselines.end()) {
        beside->before = found->second;
      }
    }
    const auto evaluation = analysis::evaluate(alarm, green->slots, state.watched_since.value_or(now), until, beside);
    std::string sentence = analysis::describe(alarm, evaluation, "GREEN");
    if (evaluation.verdict == analysis::Verdict::NoData) {
      sentence += lost(*green) + unread(sources, plan, alarm, until);
    }
    results.push_back({alarm.name, evaluation.verdict, std::move(sentence), evaluation.blue_explains_it});
  }
  return results;
}

std::vector<CheckResult> judge_blue(const MeasurementSources& sources, const rollout::Plan& plan, TimePoint now) {
  const TimePoint until = last_judged(now, rollout::telemetry_timing(plan.green.target));
  const auto blue = measure(sources, plan, Colour::Blue, until - longest_lookback(plan.alarms));
  std::vector<CheckResult> results;
  for (const Alarm& alarm : plan.alarms) {
    if (is_relative(alarm)) continue;
    if (!blue) {
      results.push_back(unreadable(alarm, blue.error()));
      continue;
    }
    const auto evaluation = analysis::evaluate(alarm, blue->slots, TimePoint{}, until);
    results.push_back({alarm.name, evaluation.verdict, analysis::describe(alarm, evaluation, "BLUE")});
  }
  return results;
}

std::map<std::string, analysis::Baseline> measure_baselines(const MeasurementSources& sources,
                                                            const rollout::Plan& plan, TimePoint now) {
  std::map<std::string, analysis::Baseline> baselines;
  if (std::ranges::none_of(plan.alarms, compares_with_before)) return baselines;
  const TimePoint until = last_judged(now, rollout::telemetry_timing(plan.green.target));
  const auto blue = measure(sources, plan, Colour::Blue, until - longest_lookback(plan.alarms));
  if (!blue) return baselines;
  for (const Alarm& alarm : plan.alarms) {
    if (compares_with_before(alarm)) baselines.emplace(alarm.name, analysis::baseline(alarm, blue->slots, until));
  }
  return baselines;
}

LiveFigures live_figures(const MeasurementSources& sources, const rollout::Plan& plan, Colour colour, Milliseconds span,
                         TimePoint now) {
  LiveFigures live;
  const rollout::TelemetryTiming timing = rollout::telemetry_timing(plan.green.target);
  const TimePoint until = last_judged(now, timing);
  span = std::max(span, timing.grain);
  const auto read = measure(sources, plan, colour, until - span);
  if (!read) return live;
  for (const analysis::Slot& slot : read->slots) {
    if (slot.start + analysis::kSlotLength > until) continue;
    live.figures.requests += slot.requests;
    live.figures.bad += slot.server_errors;
    live.figures.latency.merge(slot.latency);
  }
  if (!live.figures.latency.empty()) {
    live.p50 = analysis::latency_quantile(live.figures.latency, 0.5);
    live.p95 = analysis::latency_quantile(live.figures.latency, 0.95);
  }
  live.requests_per_second = static_cast<double>(live.figures.requests) * 1000.0 / static_cast<double>(span.count());
  live.lost_lines = read->lost_lines;
  return live;
}

}  // namespace sluice::application
