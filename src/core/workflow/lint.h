// What a valid workflow file had better not say.
#pragma once

#include <span>
#include <string>

#include "base/position.h"
#include "core/workflow/workflow.h"

namespace sluice::workflow {

/// Warnings and notes beyond those of `parse_workflow`:
/// - a concurrency group that a workflow shares between its environments: a push cancels a dispatch that waits
/// (warning);
/// - a filter of paths that leaves out tests, the AppSpec file or the workflow itself (note);
/// - what `sluice run` cannot carry out on this machine (note).
/// `repository_files`: paths of the tracked files, for the second; empty when they are not known.
Findings lint_workflow(const Workflow& workflow, std::span<const std::string> repository_files);

}  // namespace sluice::workflow
