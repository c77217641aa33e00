// Who listens on an address of this machine.
#pragma once

#include <string>

#include "base/result.h"

namespace sluice::haproxy {

/// Success when nobody listens on `address:port` (IPv4). Errors: Conflict (names the program and its process id where
/// they can be seen), Denied (the port needs more rights), InvalidInput (no such address on this machine).
Status check_free(const std::string& listen);

}  // namespace sluice::haproxy
