// A port of this machine for a replica on the host network.
#pragma once

#include "base/result.h"

namespace sluice::podman {

/// A TCP port that nobody listens on, below the range from which the kernel takes ports for outgoing connections, so
/// that none of them can have it when the replica comes to listen. Two calls within a process give different ports
/// as long as there are any. Error: Unavailable when all are taken.
Result<int> choose_free_port();

}  // namespace sluice::podman
