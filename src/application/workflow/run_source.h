// What an event is about, in a repository: commits, ref, changed files, workflow files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "application/workflow/git_repository.h"
#include "application/workflow/run_workflow.h"
#include "base/result.h"
#include "core/workflow/value.h"

namespace sluice::application {

struct RunSource {
  std::string ref;
  std::string before;  ///< All zeros for a new branch.
  std::string after;
  bool by_hand = false;              ///< Files come from the work tree.
  std::vector<std::string> changed;  ///< Paths that the push changed.
  /// Path from the repository's root, and text.
  std::vector<std::pair<std::string, std::string>> files;
  std::string configuration;  ///< Text of the repository's sluice.yaml; empty: there is none.
};

/// In the repository's root.
inline constexpr const char* kConfigurationFile = "sluice.yaml";

Result<RunSource> find_run_source(const RunRequest& request, const GitRepository& repository);

/// The event's payload: that of the request, with what is missing filled in as GitHub sends it.
Result<workflow::Value> make_payload(const RunRequest& request, const GitRepository& repository,
                                     const RunSource& source);

/// The `github` context of a run, without what jobs and steps add.
workflow::Value make_github_context(const PlannedRun& run, const RunRequest& request);

}  // namespace sluice::application
