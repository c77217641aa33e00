// What `sluice deploy` and `sluice plan` ask for, made of the command line and sluice.yaml.
#pragma once

#include <string>
#include <vector>

#include "application/controller.h"
#include "server/machine.h"
#include "server/protocol.h"

namespace sluice::server {

using DeployRequests = std::vector<application::DeployRequest>;

/// In dependency order, and by each the services that it depends on at whatever distance.
struct Wanted {
  DeployRequests requests;
  std::vector<std::vector<std::string>> after;
};

/// Blocks: reads files, asks the registry and the services' targets. Errors: those of application::deploy_request, and
/// InvalidInput of the command line.
Result<Wanted> make_requests(const Machine& machine, const Request& request);

}  // namespace sluice::server
