// An image started alone, before anybody depends on it: no network, no secrets, only the variables that are given.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/image/file_tree.h"

namespace sluice::ports {

struct SandboxRequest {
  std::string image_id;
  std::string name;  ///< Of the container; one that an earlier, killed check left behind under it is removed first.
  std::map<std::string, std::string> env;  ///< All that it sees besides the image's own variables.
  std::vector<std::string> command;        ///< Replaces the image's CMD when not empty.
  bool read_only = false;                  ///< Root file system read-only, /tmp as tmpfs.
};

struct CommandOutcome {
  int exit_code = 0;
  std::string output;  ///< The end of what it wrote, both streams, at most 4 KiB.
};

/// A started image. Destroying it ends and removes its container.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  /// Its exit code once its first process has ended; nothing while that runs.
  virtual Result<std::optional<int>> ended() = 0;
  /// Runs a command inside. A program that is not there is an outcome (126 or 127). Errors: TimedOut, Unavailable (it
  /// is not running), Cancelled.
  virtual Result<CommandOutcome> run(const std::vector<std::string>& argv, Milliseconds timeout,
                                     std::stop_token stop) = 0;
  /// The status that `http://127.0.0.1:port/path` answers with, asked inside its network, and the start of the body.
  /// Errors: Unavailable (no answer), TimedOut, Cancelled.
  struct Answer {
    int status = 0;
    std::string body;
  };
  virtual Result<Answer> get(int port, const std::string& path, Milliseconds timeout, std::stop_token stop) = 0;
  /// The last lines that it wrote.
  virtual Result<std::string> log_tail(int lines) = 0;
};

class ImageSandbox {
 public:
  virtual ~ImageSandbox() = default;
  /// Starts it. Errors: NotFound (no such image), Failed (its start command cannot be run: with the reason),
  /// Unavailable (containers cannot be started here), Cancelled.
  virtual Result<std::unique_ptr<Sandbox>> start(const SandboxRequest& request, std::stop_token stop) = 0;

  /// Runs one command in a fresh container of the image, in place of entrypoint and CMD, and removes it.
  virtual Result<CommandOutcome> run_alone(const SandboxRequest& request, const std::vector<std::string>& argv,
                                           Milliseconds timeout, std::stop_token stop) = 0;

  /// All files of an image of the local store.
  virtual Result<image::FileTree> files(const std::string& image_id) = 0;
};

}  // namespace sluice::ports
