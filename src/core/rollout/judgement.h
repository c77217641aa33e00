// When a traffic step is judged, where its figures come late.
#pragma once

#include <cstddef>

#include "core/rollout/plan.h"

namespace sluice::rollout {

/// How long after the end of a step's bake it is judged: until the figures of its last minutes are known, or at once
/// with `Strategy::waits_for_figures` off, but for the last step. `step` is a place in the strategy's steps.
Milliseconds judged_after_bake(const Plan& plan, std::size_t step);

/// So much of a step's bake has known figures at the least when it is judged.
Milliseconds judged_bake(const Plan& plan, std::size_t step);

}  // namespace sluice::rollout
