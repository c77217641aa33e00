// Where jobs of workflows run, when that is not this machine: no file is shared with it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/config/runner.h"

namespace sluice::ports {

struct JobOrder {
  std::string run;  ///< Its id.
  std::string job;  ///< `test`, `test-2`
  config::EcsRunner runner;
  std::string image;   ///< Empty: the runner's.
  std::string folder;  ///< Absolute; the job's own there, and gone when the job is.
};

/// One program, in the environment of the job's image.
struct ScriptOrder {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;                  ///< Besides the image's own.
  std::vector<std::string> path;                           ///< In front of the image's PATH.
  std::string directory;                                   ///< Absolute.
  std::vector<std::pair<std::string, std::string>> files;  ///< Path and content, written before.
  std::vector<std::string> read_back;                      ///< Paths of files that the answer brings.
  std::optional<Milliseconds> timeout;
  /// Standard output and error as they come, in their order, on the calling thread.
  std::function<void(std::string_view)> on_output;
};

struct ScriptEnd {
  int exit_code = 0;               ///< 128 + signal when a signal ended it.
  std::vector<std::string> files;  ///< Contents of `read_back`; empty for one that is not there.
};

/// A job that has begun elsewhere. One thread at a time.
class RemoteJob {
 public:
  /// The job is ended there, with all that it runs; what it left in between is removed.
  virtual ~RemoteJob() = default;

  /// Runs to the end. Errors: TimedOut and Cancelled (the program and what it started was ended: TERM, then KILL after
  /// 2 s; the job goes on), Failed (the job has ended by itself, with why), those of the place.
  virtual Result<ScriptEnd> run(const ScriptOrder& order, std::stop_token stop) = 0;
  /// Makes the folder there what the archive (a tar, compressed by gzip) holds. Errors: as `run`; TimedOut never.
  virtual Status send(const std::string& folder, const std::string& archive, std::stop_token stop) = 0;
  /// The folder as such an archive.
  virtual Result<std::string> fetch(const std::string& folder, std::stop_token stop) = 0;
};

class Runner {
 public:
  virtual ~Runner() = default;
  /// Returns when the job can take programs. `tell` hears what is waited for, for people. Any thread, several at once.
  /// Errors: Cancelled, Failed (it does not begin, with why), those of the place.
  virtual Result<std::unique_ptr<RemoteJob>> start(const JobOrder& order, const std::function<void(std::string)>& tell,
                                                   std::stop_token stop) = 0;
};

}  // namespace sluice::ports
