// The use case `sluice run`: which workflows of a repository an event starts, and running one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "application/workflow/concurrency_groups.h"
#include "application/workflow/git_repository.h"
#include "application/workflow/job_place.h"
#include "application/workflow/run_observer.h"
#include "base/position.h"
#include "base/result.h"
#include "core/workflow/run.h"
#include "ports/clock.h"
#include "ports/ids.h"
#include "ports/processes.h"
#include "ports/runner.h"

namespace sluice::application {

struct RunRequest {
  std::string directory;  ///< Anywhere in a work tree, or a bare repository.
  std::string event = "push";
  std::string workflow_file;  ///< Relative to `directory` or absolute; empty: all of `.github/workflows`.
  /// Of a push. By hand all three are empty: HEAD's branch, HEAD~1 and HEAD, and workflow files as they are in the work
  /// tree. A hook gives all three; then the files come from the commit `after`.
  std::string ref;
  std::string before;
  std::string after;
  std::optional<workflow::Value> payload;  ///< Of the event; what is missing in it is filled in.
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<std::pair<std::string, std::string>> secrets;
  std::vector<std::pair<std::string, std::string>> vars;
  std::string only_job;
  std::vector<std::pair<std::string, std::string>> matrix;
  std::string actor = "sluice";
  /// The caller's variables; of them steps get PATH, HOME, LANG, LC_ALL, TMPDIR, TZ and those named in
  /// `pass_variables`.
  std::map<std::string, std::string> environment;
  std::vector<std::string> pass_variables;
};

struct RunSource;

struct PlannedRun {
  std::shared_ptr<workflow::RunPlan> plan;
  RunPlace place;
  workflow::Value event;  ///< The payload, for `github.event` and GITHUB_EVENT_PATH.
  std::string name;       ///< `run-name`, else the workflow's name.
  std::string group;      ///< Of the workflow's `concurrency`; empty: none.
  bool cancel_in_progress = false;
  std::vector<config::EcsRunner> runners;  ///< Of the repository's sluice.yaml.
};

struct PlannedRuns {
  std::vector<PlannedRun> runs;
  struct NotStarted {
    std::string file;
    std::string reason;
  };
  std::vector<NotStarted> not_started;
  Findings findings;               ///< Of all files that were read; a file with an error is not run.
  std::vector<std::string> notes;  ///< For people: what they may not expect.
};

class RunWorkflow {
 public:
  struct Settings {
    std::filesystem::path home;  ///< `$SLUICE_HOME`.
    std::string program_folder;  ///< Of the running sluice, put first on PATH of every step.
    std::size_t jobs_at_once = 4;
    std::map<std::string, std::string> variables;  ///< SLUICE_HOME and SLUICE_RUN, for the `sluice` that steps call.
  };
  /// All must outlive this object; `groups` also outlives its runs.
  RunWorkflow(ports::Processes& processes, ports::Runner& runner, const ports::Clock& clock, ports::Ids& ids,
              ConcurrencyGroups& groups, Settings settings);

  /// Starts nothing and writes nothing. Errors: NotFound (no repository, commit or file), InvalidInput (inputs, an
  /// unknown job, a sluice.yaml whose runners cannot be read).
  Result<PlannedRuns> plan(const RunRequest& request);

  /// Blocks until the run has ended. Any thread, several at once. Error: Failed (no folder for it can be made).
  Result<workflow::Outcome> run(PlannedRun planned, RunObserver& observer, std::stop_token stop);

 private:
  Result<PlannedRun> plan_one(const RunRequest& request, const GitRepository& repository, const RunSource& source,
                              workflow::Workflow workflow);
  workflow::Outcome run_in_group(const PlannedRun& planned, RunObserver& observer, std::stop_token stop);
  Status name_run(PlannedRun& run) const;
  Status prepare(PlannedRun& planned);
  int next_number();
  void remove_old_runs() const;

  ports::Processes& processes_;
  ports::Runner& runner_;
  const ports::Clock& clock_;
  ports::Ids& ids_;
  ConcurrencyGroups& groups_;
  Settings settings_;
  std::mutex numbers_mutex_;
  int last_number_ = 0;
};

}  // namespace sluice::application
