#include "application/decision_particulars.h"

#include <algorithm>

#include "application/alarm_watch.h"
#include "application/effect_runner.h"

namespace sluice::application {
namespace {

using analysis::Concern;
using analysis::NotedSpan;
using rollout::Colour;

NotedSpan notes_of(const MeasurementSources& sources, const rollout::Plan& plan, Colour colour, TimePoint from,
                   TimePoint now) {
  auto read = sources.telemetry.notes(plan.service, slot_of(plan, colour), from, now);
  return read ? std::move(*read) : NotedSpan{};
}

/// What figures that come late are about lies so far back.
Milliseconds age_of_newest(const rollout::Target& target) {
  const rollout::TelemetryTiming timing = rollout::telemetry_timing(target);
  return timing.delay > Milliseconds{0} ? timing.delay + timing.grain : Milliseconds{0};
}

}  // namespace

analysis::Particulars find_particulars(const MeasurementSources& sources, const KnownSecrets& secrets,
                                       const rollout::State& state, const analysis::Question& question, TimePoint now) {
  const rollout::Plan& plan = state.plan;
  const Milliseconds span = question.span + kSettle + age_of_newest(plan.green.target);
  const TimePoint from = std::max(now - span, state.watched_since.value_or(state.started_at));
  analysis::Particulars particulars =
      analysis::answer(question, notes_of(sources, plan, Colour::Green, from, now),
                       plan.blue ? notes_of(sources, plan, Colour::Blue, from, now) : NotedSpan{});
  if (question.concern != Concern::Errors && question.concern != Concern::Log) return particulars;
  const auto lines =
      sources.service_log.first_error_lines(plan.service, plan.green.id, from, analysis::kMostNamedLines);
  if (!lines) return particulars;
  for (const ports::ErrorLine& line : *lines) {
    if (auto hidden = secrets.hide(plan.green, line.text)) {
      particulars.error_lines.push_back(analysis::shown_line(*hidden));
    }
  }
  return particulars;
}

}  // namespace sluice::application
