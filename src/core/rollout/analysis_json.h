// The settings of the comparison of both colours in a deployment's first journal record.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/analysis/analysis_settings.h"

namespace sluice::rollout {

boost::json::value to_json(const analysis::AnalysisSettings& settings);
/// `path` is the RFC 6901 pointer of `value` in its record. Error: InvalidInput.
Result<analysis::AnalysisSettings> read_analysis_settings(const boost::json::value& value, std::string path);

}  // namespace sluice::rollout
