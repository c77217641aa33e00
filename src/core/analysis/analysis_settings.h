// What sluice.yaml says under `analysis:`.
#pragma once

#include "core/analysis/sequential_settings.h"
#include "core/analysis/step_evidence.h"

namespace sluice::analysis {

struct AnalysisSettings {
  SequentialSettings sequential;
  StepEvidence enough;
  friend bool operator==(const AnalysisSettings&, const AnalysisSettings&) = default;
};

}  // namespace sluice::analysis
