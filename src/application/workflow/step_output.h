// The output of one step: split into lines, workflow commands obeyed, secrets masked, written to its log.
#pragma once

#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "application/workflow/run_observer.h"
#include "core/workflow/command.h"
#include "core/workflow/file_command.h"
#include "core/workflow/masks.h"
#include "ports/clock.h"

namespace sluice::application {

/// The masks of one run, for all its jobs. Any thread may call.
class SharedMasks {
 public:
  void add(std::string_view value);
  std::string apply(std::string_view text) const;
  std::size_t longest() const;

 private:
  mutable std::mutex mutex_;
  workflow::Masks masks_;
};

/// Longer lines are cut.
inline constexpr std::size_t kLongestLineBytes = 1u << 20;

class StepOutput {
 public:
  struct Parts {
    SharedMasks& masks;
    const ports::Clock& clock;
    std::function<void(const RunUpdate&)> tell;
    std::string job;
    int step = 0;
    std::string log_path;
    bool allow_unsecure_commands = false;  ///< `::set-env` and `::add-path`.
  };
  explicit StepOutput(Parts parts);

  /// A piece of output as it comes.
  void write(ports::Stream stream, std::string_view piece);
  /// A line of sluice's own.
  void line(std::string_view text) { write(ports::Stream::Out, std::string(text) + "\n"); }
  void warning(std::string message) { annotate(Severity::Warning, std::move(message)); }
  void error(std::string message) { annotate(Severity::Error, std::move(message)); }
  /// Takes what stands after the last line end as a line.
  void finish();

  /// What commands in the output asked for.
  const workflow::Assignments& outputs() const { return outputs_; }
  const workflow::Assignments& env() const { return env_; }
  const std::vector<std::string>& path() const { return path_; }
  const std::vector<std::string>& masks() const { return added_masks_; }
  /// A command that is refused fails the step; empty when there was none.
  const std::string& refusal() const { return refusal_; }

 private:
  struct Buffer {
    std::string text;
    bool skipping = false;  ///< The rest of a line that was cut.
  };
  void take_line(ports::Stream stream, std::string_view text);
  void show(ports::Stream stream, std::string_view text);
  void obey(const workflow::Command& command);
  void annotate(Severity severity, std::string message, const workflow::Command* command = nullptr);

  Parts parts_;
  std::ofstream log_;
  Buffer buffers_[2];
  workflow::CommandReader commands_;
  workflow::Assignments outputs_;
  workflow::Assignments env_;
  std::vector<std::string> path_;
  std::vector<std::string> added_masks_;
  std::string refusal_;
};

}  // namespace sluice::application
