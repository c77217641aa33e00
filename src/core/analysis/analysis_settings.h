// What sluice.yaml says under `analysis:`.
#pragma once

#include <vector>

#include "core/analysis/metric_source.h"
#include "core/analysis/sequential_settings.h"
#include "core/analysis/step_evidence.h"

namespace sluice::analysis {

struct AnalysisSettings {
  SequentialSettings sequential;
  StepEvidence enough;
  std::vector<MetricSource> sources = {};  ///< Of `sequential.more`, in its order.
  friend bool operator==(const AnalysisSettings&, const AnalysisSettings&) = default;
};

}  // namespace sluice::analysis
