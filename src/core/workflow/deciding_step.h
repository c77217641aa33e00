// Whether a step that begins is the last word of its run: for a run whose controller dies while a deployment goes on.
#pragma once

#include <string_view>

#include "core/workflow/run.h"

namespace sluice::workflow {

/// True when a script's last command is `sluice deploy` and waits for its end: the script ends as the deployment does.
bool ends_with_deploy(std::string_view script);

/// True when all of the run but this step has succeeded or was skipped, nothing follows it, its failure counts, and its
/// script ends with a deployment: the run is going to end as the deployment does. When in doubt: false.
bool decides_run(const RunState& state, const StartStep& step);

}  // namespace sluice::workflow
