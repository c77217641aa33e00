// Waiting, and how much of a pause to wait.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "base/time.h"

namespace sluice::posix {

/// Blocks for `span`. Error: Cancelled, as soon as it is asked to stop.
Status pause_for(Milliseconds span, const std::stop_token& stop);

/// At least 0, below 1. Spreads repeats of many; nothing secret hangs on it.
double chance();

}  // namespace sluice::posix
