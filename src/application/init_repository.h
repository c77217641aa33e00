// `sluice init`: looks at a repository and writes the files to start from; with a hook, lets a push start sluice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/starter.h"
#include "ports/files.h"
#include "ports/processes.h"

namespace sluice::application {

struct InitRequest {
  std::string directory;  ///< Absolute. A bare repository gets no files, only a hook.
  /// The repository that is pushed to, bare or not, absolute; its post-receive hook is written.
  std::optional<std::string> hook_repository;
  config::HookFacts hook;
  bool for_aws = false;  ///< sluice.yaml for an environment in AWS, and the infrastructure for it.
};

struct InitStep {
  std::string path;
  enum class Outcome {
    Written,
    Kept,  ///< It was there and was left as it is.
  } outcome = Outcome::Written;
  std::string note;  ///< What the reader should know of what was written; often empty.
};

struct InitPorts {
  ports::Files& files;
  ports::Processes& processes;
};

/// No file is ever written over. Errors: NotFound (no folder, no git repository), Conflict (another post-receive hook
/// is there: the message has the line to add to it), Denied, Unavailable.
Result<std::vector<InitStep>> init_repository(const InitRequest& request, const InitPorts& ports);

/// `wrote sluice.yaml` or `kept sluice.yaml, which was there`, and the note behind it.
std::string to_string(const InitStep& step);
/// One object, `type` file.
std::string to_json(const InitStep& step);

}  // namespace sluice::application
