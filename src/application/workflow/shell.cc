#include "application/workflow/shell.h"

#include <fmt/format.h>

namespace sluice::application {
namespace {

/// At blanks, heeding double quotes.
std::vector<std::string> split_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if ((c == ' ' || c == '\t') && !quoted) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(std::move(word));
  return words;
}

}  // namespace

Result<ShellCommand> find_shell(const std::string& name) {
  if (name.empty()) return ShellCommand{{"bash", "-e", "{0}"}, ".sh"};
  if (name == "bash") return ShellCommand{{"bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"}, ".sh"};
  if (name == "sh") return ShellCommand{{"sh", "-e", "{0}"}, ".sh"};
  if (name == "python") return ShellCommand{{"python", "{0}"}, ".py"};
  if (name == "pwsh") return ShellCommand{{"pwsh", "-command", ". '{0}'"}, ".ps1"};
  if (name.find("{0}") != std::string::npos) return ShellCommand{split_words(name), ""};
  return Error{ErrorKind::InvalidInput,
               fmt::format("'{}' is no shell of this machine: there are bash, sh, python, pwsh, or a command line with "
                           "{{0}} in the place of the script",
                           name)};
}

}  // namespace sluice::application
