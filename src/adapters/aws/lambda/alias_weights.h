// An alias's weights as the split between a service's two slots.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "adapters/aws/lambda/function_service.h"
#include "base/result.h"
#include "core/rollout/traffic_split.h"

namespace sluice::aws::lambda {

using Slots = std::array<std::string, 2>;  ///< The versions of slots A and B; empty: none.

/// Without an alias the route is closed. Error: Conflict, when the alias has a version of neither slot: somebody else
/// moved it.
Result<rollout::TrafficSplit> split_of(const std::optional<Alias>& alias, const Slots& slots);

/// `now` with the weights of an open split. While both have traffic FunctionVersion stays what it is, BLUE: a rollout
/// that ends anywhere has left most of the traffic there. At the ends one version stands alone and the weights are
/// cleared. Errors: Conflict, as `split_of`; NotFound (a version that has a share is not known).
Result<Alias> with_split(const Alias& now, const Slots& slots, const rollout::TrafficSplit& split);

/// The one version that has all of an open split; nothing when both have some. Empty when it is not known.
std::optional<std::string> alone(const Slots& slots, const rollout::TrafficSplit& split);

/// `7 (95%) and 8 (5%)`
std::string describe(const Alias& alias);

}  // namespace sluice::aws::lambda
