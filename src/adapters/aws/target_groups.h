// The two target groups of a service, by name or ARN.
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/client.h"
#include "adapters/aws/forward_action.h"
#include "core/rollout/target.h"

namespace sluice::aws {

/// The ARNs of `place.target_groups`, of slot A, then B: names are looked up. Error: NotFound.
Result<TargetGroupPair> target_groups_of(Client& client, const rollout::EcsTarget& place, Priority priority,
                                         const std::stop_token& stop);

/// The same, with an empty ARN in the place of a group that is gone. Error: NotFound when both are.
Result<TargetGroupPair> target_groups_there(Client& client, const rollout::EcsTarget& place, Priority priority,
                                            const std::stop_token& stop);

struct TargetCounts {
  int targets = 0;  ///< Registered ones that do not drain.
  int healthy = 0;
};

/// Of the group with this ARN. Error: NotFound.
Result<TargetCounts> count_targets(Client& client, const std::string& group, const std::stop_token& stop);

}  // namespace sluice::aws
