// What GREEN is allowed in a metric of the comparison, as sluice.yaml says it.
#pragma once

#include "core/analysis/sequential_settings.h"
#include "core/config/section_reader.h"

namespace sluice::config {

inline constexpr double kMostRate = 0.5;

/// `margin`, `slack`, `floor`, `prior`, `share`, `then` of a ratio or a count; `most`: of slack, floor and prior.
void read_rates(SectionReader& section, analysis::SequentialMetric& metric, double most);
/// `margin`, `plus`, `levels`, `ratio`, `slack`, `share`, `then` of a latency.
void read_latency_margins(Reader& reader, const yaml::Node* node, analysis::SequentialMetric& latency);

}  // namespace sluice::config
