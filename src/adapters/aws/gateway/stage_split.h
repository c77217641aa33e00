// The deployment that a stage points at as the split between a service's two slots: all or nothing.
#pragma once

#include <array>
#include <string>

#include "base/result.h"
#include "core/rollout/colour.h"
#include "core/rollout/traffic_split.h"

namespace sluice::aws::gateway {

using Slots = std::array<std::string, 2>;  ///< The deployments of slots A and B; empty: none.

/// Errors: NotFound (no slot has a deployment yet), Conflict (the stage points at a deployment of neither slot:
/// somebody else has moved it).
Result<rollout::TrafficSplit> split_of(const std::string& deployment, const Slots& slots);

/// The deployment that has all of the split. Errors: InvalidInput (a part, or a closed route, which no stage can be),
/// NotFound (it is not known yet).
Result<std::string> deployment_for(const rollout::TrafficSplit& split, const Slots& slots);

}  // namespace sluice::aws::gateway
