// sluice lint: needs only the core and the files of the user.
#pragma once

#include "cli/command_line.h"

namespace sluice::cli {

/// Checks files; prints each finding as `file:line:column: error: message`. 0 without errors, 1 with, 2 when a file
/// cannot be read.
int run_lint(const Invocation& invocation);

}  // namespace sluice::cli
