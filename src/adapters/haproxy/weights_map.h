// HAProxy's map from a service to its split: `NAME VALUE` a line. VALUE is the share of slot B in hundredths of a
// percent, 0…10000; a closed route keeps its share as -1-VALUE, so that one value says all and changes in one step.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/rollout/traffic_split.h"

namespace sluice::haproxy {

using WeightsMap = std::map<std::string, int>;

int to_map_value(const rollout::TrafficSplit& split);
/// Nothing outside -10001…10000.
std::optional<rollout::TrafficSplit> from_map_value(int value);

std::string render(const WeightsMap& weights);
/// Lines that are no pair are left out. With `references`, each line begins with one more field, as `show map` prints.
WeightsMap parse_weights(std::string_view text, bool references);

}  // namespace sluice::haproxy
