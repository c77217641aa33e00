// The strategy and the alarms of one service in one environment, with the rules that tie them together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/config/reader.h"
#include "core/rollout/strategy.h"

namespace sluice::config {

/// A null node is the default strategy: 10% for 5 minutes, 50% for 3, then 100%.
rollout::Strategy read_strategy(Reader& reader, const yaml::Node* node);

/// Alarms by name, where `node` is their mapping (null: none).
std::vector<analysis::Alarm> read_alarms(Reader& reader, const yaml::Node* node);

/// A traffic step must bake for at least M periods of each alarm that rolls back, else the alarm could never fire in
/// it. (A last step without a bake is not watched, and not held to it.) `steps` and `alarms` are the nodes that both
/// were read from; either may be null. `lost`: how much of a bake may fall into figures that are not wholly of it.
void check_bakes(Reader& reader, const yaml::Node* steps, const std::vector<analysis::Alarm>& alarms,
                 const yaml::Node* alarms_node, Milliseconds lost);

/// With `wait_for_figures: false` the first traffic step, if it is not the only one, must bake until a whole period of
/// its figures is known. `strategy` is the node that it was read from, which may be null. `timing`: of the figures.
void check_figures(Reader& reader, const yaml::Node* strategy, const rollout::Strategy& said,
                   const rollout::TelemetryTiming& timing);

}  // namespace sluice::config
