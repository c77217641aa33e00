// sluice iam-policy: needs only the core and sluice.yaml.
#pragma once

#include "cli/command_line.h"

namespace sluice::cli {

/// Prints one policy document on standard output, indented, or with --json as the member `policy` of one object; what
/// a person should know of it goes to standard error. 0 printed, 2 when sluice.yaml or the command line is wrong.
int run_iam_policy(const Invocation& invocation);

}  // namespace sluice::cli
