// The resident controller: picks the adapters and wires them, by constructor.
#pragma once

#include "cli/command_line.h"

namespace sluice {

/// `sluice controller`: the small parent that keeps it alive, and with `--child` the controller itself. The exit code.
int run_controller_command(const cli::Invocation& invocation);

}  // namespace sluice
