// The small parent that keeps the controller alive: it starts it, and starts it again when it dies. One a home, by a
// lock that the controller inherits, so that a controller whose parent was killed still keeps a second one out. It also
// holds the front doors' sockets (listener_store.h), so that no connection is refused while HAProxy and the controller
// are dead at once.
#pragma once

#include <string>
#include <vector>

#include "server/protocol.h"

namespace sluice::server {

/// Runs `command` (the controller without its parent) until it ends with exit code 0; `memory`, a descriptor, is what
/// one controller leaves to the next, who finds its number in the variable kMemoryVariable. Returns that code, or 0 at
/// once when this home has a controller already, or 1 when the lock cannot be made. SIGTERM and SIGINT are passed on.
int run_resident_parent(const Places& places, const std::vector<std::string>& command, int memory);

inline constexpr const char* kMemoryVariable = "SLUICE_CONTROLLER_MEMORY";

}  // namespace sluice::server
