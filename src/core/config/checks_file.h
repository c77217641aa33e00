// What watches a rollout, read alone: from a whole sluice.yaml, or from a file that holds only the sections `strategy`,
// `alarms` and `analysis`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "core/analysis/alarm.h"
#include "core/analysis/analysis_settings.h"
#include "core/rollout/strategy.h"

namespace sluice::config {

struct Checks {
  rollout::Strategy strategy;
  std::vector<analysis::Alarm> alarms;
  std::optional<analysis::AnalysisSettings> analysis;  ///< Nothing for `analysis: off`.
};

struct ParsedChecks {
  std::optional<Checks> checks;  ///< Absent when `findings` has errors.
  Findings findings;
};

/// A file is a whole sluice.yaml when it has one of the keys `version`, `project` and `services`; then `environment`
/// (empty: the default one) and `service` (empty: the only one) say whose checks are meant. `file` is the name to
/// print. Findings include a name that is not there, or that is needed.
ParsedChecks parse_checks(std::string_view text, std::string_view file, std::string_view environment,
                          std::string_view service);

}  // namespace sluice::config
