// A Dockerfile as its instructions, with the place of each (Docker's "Dockerfile reference": parser directives,
// continued lines, comments inside them, here-documents, exec and shell forms).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"

namespace sluice::image {

struct DockerInstruction {
  std::string name;  ///< Upper case: `RUN`. `ONBUILD` is left off, see `on_build`.
  Position at;
  std::vector<std::string> flags;                ///< `--from=builder`, before the arguments.
  std::string arguments;                         ///< The rest, continued lines put together; variables as written.
  Position arguments_at;                         ///< Of the arguments' first character; `at` when there are none.
  std::optional<std::vector<std::string>> exec;  ///< The arguments of the JSON form.
  std::vector<std::string> documents;            ///< Bodies of here-documents.
  bool on_build = false;

  /// The value of `--NAME=VALUE`, or nothing.
  std::optional<std::string> flag(std::string_view flag_name) const;
  /// The arguments as words that spaces separate, quotes taken off.
  std::vector<std::string> words() const;
};

struct DockerStage {
  std::string base;  ///< What FROM names, variables replaced as far as their values are known; else with `$`.
  std::string name;  ///< After AS; empty: none.
  Position at;
  std::vector<DockerInstruction> instructions;  ///< Without its FROM.
};

struct Dockerfile {
  std::vector<DockerStage> stages;
  Findings findings;  ///< What could not be understood; the rest is there all the same.

  /// The stage of that name or number, or nullptr.
  const DockerStage* find_stage(std::string_view name) const;
};

/// `args`: the values of build arguments, which replace an ARG's default in FROM lines. `file` is the name to print.
Dockerfile parse_dockerfile(std::string_view text, std::string_view file,
                            const std::map<std::string, std::string>& args = {});

/// `HEALTHCHECK` without its flags holds `CMD` and a command: this is that command as an instruction of its own.
/// Nothing for `HEALTHCHECK NONE` and other instructions.
std::optional<DockerInstruction> health_command(const DockerInstruction& instruction);

}  // namespace sluice::image
