// `sluice adopt`: runs in the process of who typed it, since nothing of it lives longer than the command.
#pragma once

#include "cli/command_line.h"

namespace sluice {

/// Returns the exit code.
int run_adopt_command(const cli::Invocation& invocation);

}  // namespace sluice
