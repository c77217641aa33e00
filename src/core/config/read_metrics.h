// Metrics of the user's own that the comparison judges.
#pragma once

#include "core/analysis/analysis_settings.h"
#include "core/config/reader.h"
#include "core/rollout/strategy.h"

namespace sluice::config {

/// Adds those of `metrics` to the settings, with their sources; by name, so that the order in the file means nothing.
/// `section` is the whole `analysis`; with `probes` it has a metric of those, too.
void read_metrics(Reader& reader, const yaml::Node* section, const rollout::Strategy& strategy,
                  analysis::AnalysisSettings& settings);

}  // namespace sluice::config
