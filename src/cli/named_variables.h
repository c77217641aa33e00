// Variables of this process's environment that go to the controller with a command: those that the configuration or the
// command line name as sources of secrets, and for a workflow run PATH and its like. No others.
#pragma once

#include <map>
#include <string>

#include "server/protocol.h"

namespace sluice::cli {

/// Looks at the configuration that the request means. Without one, or with one that is wrong (the controller says so),
/// there are none.
std::map<std::string, std::string> named_variables(const server::Request& request);

}  // namespace sluice::cli
