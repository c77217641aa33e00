// What a decision of a deployment can name: single requests from telemetry, lines of GREEN's log.
#pragma once

#include "application/known_secrets.h"
#include "application/measurement.h"
#include "core/analysis/particulars.h"
#include "core/rollout/state.h"

namespace sluice::application {

/// As far back as the question wants, but not to before GREEN had traffic. What cannot be read is left out.
analysis::Particulars find_particulars(const MeasurementSources& sources, const KnownSecrets& secrets,
                                       const rollout::State& state, const analysis::Question& question, TimePoint now);

}  // namespace sluice::application
