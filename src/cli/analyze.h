// sluice analyze: the checks of sluice.yaml on recorded traffic. Needs only the core and the files of the user.
#pragma once

#include "cli/command_line.h"

namespace sluice::cli {

/// Prints a JSON line a decision to standard output, and what was wrong with the recording to standard error. 0 when
/// the recording was judged, whatever came of it; 2 when nothing of it could be read, or the configuration is wrong.
int run_analyze(const Invocation& invocation);

}  // namespace sluice::cli
