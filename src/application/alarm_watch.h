// Judges the alarms of a deployment from telemetry, for both colours' figures in its sentences.
#pragma once

#include <optional>
#include <vector>

#include "core/analysis/alarm_evaluation.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"
#include "ports/telemetry.h"

namespace sluice::application {

/// Answers arrive a moment after they ended; what is younger than this is not judged yet.
inline constexpr Milliseconds kSettle{200};

/// All alarms on one colour. `watched_since`: when that colour first had traffic.
std::vector<rollout::CheckResult> judge_alarms(const ports::Telemetry& telemetry, const rollout::Plan& plan,
                                               rollout::Colour colour, TimePoint watched_since, TimePoint now);

/// What a colour answered lately, for people who watch.
struct LiveFigures {
  double requests_per_second = 0;
  analysis::Figures figures;  ///< Over the span that was asked for.
};
LiveFigures live_figures(const ports::Telemetry& telemetry, const rollout::Plan& plan, rollout::Colour colour,
                         Milliseconds span, TimePoint now);

}  // namespace sluice::application
