// Workflow commands: lines that a step writes to speak to the runner (docs.github.com, "Workflow commands").
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::workflow {

struct Command {
  std::string name;  ///< In lower case: `add-mask`, `error`, `group`, …
  std::map<std::string, std::string> properties;
  std::string data;
  friend bool operator==(const Command&, const Command&) = default;
};

/// Reads `::name key=value,key=value::data` (blanks in front allowed) and the older `##[name key=value;key=value]data`
/// (anywhere in the line). Nothing when the line is none of them, or names no command that exists.
std::optional<Command> parse_command(std::string_view line);

/// Reads the lines of one step in their order, heeding `::stop-commands::token`: until `::token::` comes, no line is
/// a command.
class CommandReader {
 public:
  std::optional<Command> read(std::string_view line);

 private:
  std::string stop_token_;
};

}  // namespace sluice::workflow
