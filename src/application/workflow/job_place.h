// Where a job runs, and what it and its steps know of the run.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "core/workflow/value.h"

namespace sluice::application {

/// The same for all jobs of a run.
struct RunPlace {
  std::string run;               ///< The run's id.
  int number = 1;                ///< Of this repository's runs.
  std::filesystem::path folder;  ///< `$SLUICE_HOME/runs/RUN`: a folder a job, and `artifacts`.
  std::filesystem::path caches;  ///< `$SLUICE_HOME/caches`, of the repository.
  std::string repository;        ///< Folder that checkouts are made from.
  std::string repository_name;   ///< `owner/name`.
  std::string workflow;          ///< Its name for people.
  std::string workflow_file;
  std::string sha;
  std::string ref;
  std::string event_name;
  std::string actor;
  std::filesystem::path event_file;  ///< The event's payload.
  /// PATH, HOME and what else a step gets of this process's environment.
  std::map<std::string, std::string> base_environment;
  std::string program_folder;  ///< Of the running sluice; first on PATH.
};

/// A leg's folders, and its name in paths.
struct JobPlace {
  const RunPlace& run;
  std::string key;             ///< `test`, `test-2`.
  std::string id;              ///< The job's id.
  std::filesystem::path logs;  ///< `RUN/KEY`.
  std::filesystem::path workspace;
  std::filesystem::path temp;
  /// How the job's steps see their world: the same paths, but where they run elsewhere.
  struct Seen {
    std::filesystem::path workspace;
    std::filesystem::path temp;
    std::filesystem::path event_file;
    std::filesystem::path tools;
    std::string architecture;
  };
  Seen seen;
  /// The job's folder there; empty: it runs on this machine.
  std::filesystem::path elsewhere;

  bool is_elsewhere() const { return !elsewhere.empty(); }
  /// Its processes, for ports::Processes.
  std::string group() const { return run.run + "/" + key; }
};

/// Makes the folders. Error: Failed, with what the system says.
Result<JobPlace> make_job_place(const RunPlace& run, std::string key, std::string id);
/// The same for a job that runs elsewhere: what is done for it here is done in these folders.
Result<JobPlace> make_place_elsewhere(const RunPlace& run, std::string key, std::string id);
/// Removes workspace and temporary files; logs stay.
void clear_job_place(const JobPlace& place);

/// What a job adds to the `github` context, and its `runner` context.
workflow::Value github_of(const JobPlace& place);
workflow::Value runner_of(const JobPlace& place);

/// The variables that GitHub's runner sets (docs.github.com, "Default environment variables") and SLUICE=1. A step's
/// own `env` cannot change those that begin with GITHUB_ or RUNNER_.
std::map<std::string, std::string> default_variables(const JobPlace& place);

/// Short name of a ref: `main`, `v1`.
std::string ref_name(const std::string& ref);
std::string_view runner_architecture();

}  // namespace sluice::application
