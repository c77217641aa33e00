// Programs of this machine.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::ports {

enum class Stream { Out, Err };

/// What becomes of processes that are still there when the program that was started has ended.
enum class Leftovers {
  End,   ///< They are killed, even those that left the process group or the session.
  Keep,  ///< They live on, for a command that is meant to start a daemon.
};

struct ProcessRequest {
  std::vector<std::string> argv;                          ///< argv[0] is looked up in PATH (of `env` when it is set).
  std::optional<std::map<std::string, std::string>> env;  ///< Whole environment; unset: inherited.
  std::string directory;                                  ///< Empty: inherited.
  std::string input;                                      ///< Standard input.
  std::optional<Milliseconds> timeout;
  Leftovers leftovers = Leftovers::End;
  /// What this program leaves behind lives on until `end_group` is called with this name, instead of what `leftovers`
  /// says (several programs may share a group, such as the steps of a job). Where the machine cannot follow processes
  /// that left their process group, it ends with the program. Empty: no group.
  std::string group;
  /// Called for each piece of output as it comes, on the calling thread. Unset: output is kept in the result.
  std::function<void(Stream, std::string_view)> on_output;
};

struct ProcessResult {
  int exit_code = 0;  ///< 128 + signal when a signal ended it.
  std::string out;    ///< At most kKeptOutputBytes of the end of each; empty with `on_output`.
  std::string err;
};

inline constexpr std::size_t kKeptOutputBytes = 8u << 20;

class Processes {
 public:
  virtual ~Processes() = default;
  /// Runs to the end; what it left behind is treated as `leftovers` says. A non-zero exit is a result,
  /// not an error. Errors: NotFound (no such program), Denied, TimedOut and Cancelled (all of it was ended:
  /// TERM, then KILL after 2 s), Unavailable (no process could be started).
  virtual Result<ProcessResult> run(const ProcessRequest& request, std::stop_token stop) = 0;

  /// Kills what the programs of a group left behind. Call it when none of them runs any more.
  virtual void end_group(const std::string& /*group*/) {}
};

}  // namespace sluice::ports
