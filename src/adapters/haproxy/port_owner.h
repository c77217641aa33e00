// Who listens on an address of this machine.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::haproxy {

/// Success when nobody listens on `address:port` (IPv4). Errors: Conflict (names the program and its process id where
/// they can be seen), Denied (the port needs more rights), InvalidInput (no such address on this machine).
Status check_free(const std::string& listen);

/// The inodes of the sockets that listen on exactly `address:port` (IPv4), whoever has them.
std::vector<std::string> listening_inodes(const std::string& listen);

}  // namespace sluice::haproxy
