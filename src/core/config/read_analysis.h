// The comparison of both colours, as sluice.yaml sets it up.
#pragma once

#include <optional>

#include "core/analysis/analysis_settings.h"
#include "core/config/reader.h"
#include "core/rollout/strategy.h"

namespace sluice::config {

/// Nothing for `analysis: off`. A null node is the default. How long the steps are planned to last comes from the
/// strategy, where the file does not say it.
std::optional<analysis::AnalysisSettings> read_analysis(Reader& reader, const yaml::Node* node,
                                                        const rollout::Strategy& strategy);

}  // namespace sluice::config
