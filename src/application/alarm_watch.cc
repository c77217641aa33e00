#include "application/alarm_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "application/effect_runner.h"

namespace sluice::application {
namespace {

using rollout::Colour;

TimePoint last_judged(TimePoint now) {
  const auto since_epoch = now.time_since_epoch() - kSettle;
  return TimePoint{since_epoch - since_epoch % analysis::kSlotLength};
}

rollout::CheckResult judge_alarm(const ports::Telemetry& telemetry, const rollout::Plan& plan,
                                 const analysis::Alarm& alarm, Colour colour, TimePoint watched_since, TimePoint now) {
  const TimePoint from = now - analysis::lookback(alarm);
  const auto own = telemetry.read(plan.service, slot_of(plan, colour), from);
  if (!own) {
    return {alarm.name, analysis::Verdict::Error,
            fmt::format("the alarm {} cannot be judged: {}", alarm.name, own.error().message)};
  }
  const analysis::AlarmEvaluation evaluation = analysis::evaluate(alarm, own->slots, watched_since, now);
  std::optional<analysis::Figures> other_figures;
  const Colour other = colour == Colour::Green ? Colour::Blue : Colour::Green;
  if (revision_of(plan, other) != nullptr) {
    const auto slots = telemetry.read(plan.service, slot_of(plan, other), from);
    if (slots) other_figures = analysis::trailing_figures(alarm, slots->slots, now);
  }
  const std::string_view name = colour == Colour::Green ? "GREEN" : "BLUE";
  return {alarm.name, evaluation.verdict,
          analysis::describe(alarm, evaluation, name, colour == Colour::Green ? other_figures : std::nullopt)};
}

}  // namespace

std::vector<rollout::CheckResult> judge_alarms(const ports::Telemetry& telemetry, const rollout::Plan& plan,
                                               Colour colour, TimePoint watched_since, TimePoint now) {
  std::vector<rollout::CheckResult> results;
  for (const analysis::Alarm& alarm : plan.alarms) {
    results.push_back(judge_alarm(telemetry, plan, alarm, colour, watched_since, last_judged(now)));
  }
  return results;
}

LiveFigures live_figures(const ports::Telemetry& telemetry, const rollout::Plan& plan, Colour colour, Milliseconds span,
                         TimePoint now) {
  LiveFigures live;
  const TimePoint until = last_judged(now);
  const auto read = telemetry.read(plan.service, slot_of(plan, colour), until - span);
  if (!read) return live;
  for (const analysis::Slot& slot : read->slots) {
    if (slot.start + analysis::kSlotLength > until) continue;
    live.figures.requests += slot.requests;
    live.figures.bad += slot.server_errors;
  }
  live.requests_per_second = static_cast<double>(live.figures.requests) * 1000.0 / static_cast<double>(span.count());
  return live;
}

}  // namespace sluice::application
