// Judges the alarms of a deployment from telemetry, for both colours' figures in its sentences.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "application/measurement.h"
#include "core/analysis/alarm_evaluation.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"

namespace sluice::application {

/// Answers arrive a moment after they ended; what is younger than this is not judged yet.
inline constexpr Milliseconds kSettle{200};
/// The end of the newest slot that is judged.
TimePoint last_judged(TimePoint now);
/// Likewise where figures come less finely and later.
TimePoint last_judged(TimePoint now, const rollout::TelemetryTiming& timing);

/// All alarms on GREEN, since it first had traffic. An alarm whose threshold is a multiple of BLUE's figure is left out
/// where there is no BLUE; once GREEN has all traffic it compares with the last that BLUE answered.
std::vector<rollout::CheckResult> judge_green(const MeasurementSources& sources, const rollout::State& state,
                                              TimePoint now);

/// The alarms on BLUE as it is before anything has begun; those that would compare it with itself, now or before, are
/// left out.
std::vector<rollout::CheckResult> judge_blue(const MeasurementSources& sources, const rollout::Plan& plan,
                                             TimePoint now);

/// What BLUE's figures are before anything has begun, by alarm: of those that compare with it. Nothing of it where
/// BLUE's measurements cannot be read: those alarms then have no data.
std::map<std::string, analysis::Baseline> measure_baselines(const MeasurementSources& sources,
                                                            const rollout::Plan& plan, TimePoint now);

/// What a colour answered lately, for people who watch: over `span`, or one grain of the telemetry where that is
/// longer.
struct LiveFigures {
  double requests_per_second = 0;
  analysis::Figures figures;  ///< Requests and 5xx over the span that was asked for …
  std::optional<double> p50;  ///< … and, where anything was answered, its times in milliseconds.
  std::optional<double> p95;
  std::int64_t lost_lines = 0;  ///< Requests of that span that the router counted and did not tell about.
};
LiveFigures live_figures(const MeasurementSources& sources, const rollout::Plan& plan, rollout::Colour colour,
                         Milliseconds span, TimePoint now);

}  // namespace sluice::application
