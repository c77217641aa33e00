// sluice eval: one workflow expression.
#pragma once

#include "cli/command_line.h"

namespace sluice::cli {

/// Prints the value as JSON. 0, or 2 when the expression or the contexts are wrong.
int run_eval(const Invocation& invocation);

}  // namespace sluice::cli
