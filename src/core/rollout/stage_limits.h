// How long each stage may take, and how its effect is repeated. All limits of the rollout in one place.
#pragma once

#include "core/rollout/plan.h"
#include "core/rollout/stage.h"

namespace sluice::rollout {

/// First wait before a failed effect is sent again; doubled each time.
inline constexpr Milliseconds kFirstRetry{200};
inline constexpr Milliseconds kLongestRetry{5'000};
/// A traffic step that AWS itself carries out over minutes is looked at this often.
inline constexpr Milliseconds kLongestGrowthRetry{15'000};
/// A rollback's split write is repeated at least this often, for ever.
inline constexpr Milliseconds kLongestRollbackRetry{1'000};
/// What CodeDeploy, or ECS with an answered pause, may take, besides its interval, until a share of the traffic is
/// there.
inline constexpr Milliseconds kCodeDeployStart = std::chrono::minutes{5};
/// Failed attempts at the rollback's split write after which people are told.
inline constexpr int kStuckAfterAttempts = 10;
/// A split write given up in flight is surely dead after this long.
inline constexpr Milliseconds kStaleWriteLife{30'000};

/// The longest that a stage's effect may take, all its attempts together.
Milliseconds stage_limit(const Plan& plan, const Stage& stage);
/// The wait before attempt number `attempts` + 1.
Milliseconds retry_after(const Plan& plan, const Stage& stage, int attempts);

}  // namespace sluice::rollout
