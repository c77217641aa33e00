// sluice analyze --what-if: what the checks would make of faults, on made-up traffic like the user's.
#pragma once

#include "cli/command_line.h"
#include "core/config/checks_file.h"

namespace sluice::cli {

/// Prints a table (with `json`: an object a fault): how often and how soon each fault is taken back, and how many bad
/// responses users have seen by then. 0, or 2 for what cannot be used.
int run_what_if(const Invocation& invocation, const config::Checks& checks);

}  // namespace sluice::cli
