// The files that a request means: paths are as the command's user sees them.
#pragma once

#include <string>

#include "base/result.h"
#include "core/config/configuration.h"
#include "server/protocol.h"

namespace sluice::server {

/// The folder that the command works in: `--directory`, else where it was started.
std::string working_directory(const Request& request);
/// Its sluice.yaml, or `--file`.
std::string configuration_path(const Request& request);
std::string folder_of(const std::string& path);
/// `--environment` of that file. Blocks. Errors: NotFound, InvalidInput with every finding.
Result<config::Environment> environment_of(const Request& request);

}  // namespace sluice::server
