// What becomes of a run whose controller died. Steps run the user's own code: none is repeated.
#pragma once

#include <string>
#include <vector>

#include "ports/run_journal.h"

namespace sluice::application {

struct InterruptedRun {
  std::string sentence;  ///< What ran when the controller died, for people.
  /// When not empty: they go on without the run, and the run ends as they do. All of them were asked for by its last
  /// step.
  std::vector<std::string> deployments;
};

/// `run` has no end.
InterruptedRun interrupted_run(const ports::RunRecord& run);

}  // namespace sluice::application
