// What a stage points at as the split between a service's two slots: the stage's own deployment has all of the traffic
// but what its canary has.
#pragma once

#include <array>
#include <string>

#include "adapters/aws/gateway/stage.h"
#include "base/result.h"
#include "core/rollout/colour.h"
#include "core/rollout/target.h"
#include "core/rollout/traffic_split.h"

namespace sluice::aws::gateway {

using Slots = std::array<std::string, 2>;  ///< The deployments of slots A and B; empty: none.

/// A canary of the stage's own deployment takes no part of the traffic away.
/// Errors: NotFound (no slot has a deployment yet), Conflict (the stage, or its canary, is of a deployment of neither
/// slot: somebody else has changed it).
Result<rollout::TrafficSplit> split_of(const Stage& stage, const Slots& slots);

/// Whose a canary may be that is of the stage's own deployment: AWS's way to promote one leaves it so, and a person may
/// have made it to try out variables.
enum class OwnCanary {
  Theirs,  ///< Stays as long as the stage's deployment does.
  Ours,    ///< Is removed: this write, or one before it, has made it so by a look that was behind.
};

/// What makes the stage give the split, nothing where it does. All of it is by the stage's own deployment, without a
/// canary; a part by the canary, which the other slot's deployment becomes.
/// Errors: InvalidInput (a part of an API of version 2, or a closed route, which no stage can be), NotFound (the
/// deployment is not known yet), those of split_of, Conflict (a canary is in the way that somebody else has made).
Result<StageChange> change_for(const Stage& now, const rollout::TrafficSplit& wanted, const Slots& slots,
                               rollout::ApiKind kind, OwnCanary own);

}  // namespace sluice::aws::gateway
