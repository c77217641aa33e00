// The shells of `run` steps.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::application {

struct ShellCommand {
  std::vector<std::string> argv;  ///< `{0}` in it stands for the script's path.
  std::string extension;          ///< Of the script's file.
};

/// What `shell: name` runs (docs.github.com, "jobs.<job_id>.steps[*].shell"); '' is the default `bash -e {0}`. A name
/// with `{0}` in it is a command line, split at blanks. Error: InvalidInput names the shells that there are.
Result<ShellCommand> find_shell(const std::string& name);

}  // namespace sluice::application
