#include "core/image/shell_programs.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace sluice::image {
namespace {

/// What sh(1) runs itself, besides what its grammar reserves.
constexpr std::array<std::string_view, 36> kBuiltIns = {
    ".",     ":",      "[",      "alias", "bg",       "break",   "cd",      "continue", "echo",
    "eval",  "exit",   "export", "false", "fg",       "getopts", "hash",    "jobs",     "kill",
    "local", "printf", "pwd",    "read",  "readonly", "return",  "set",     "shift",    "test",
    "times", "trap",   "true",   "type",  "ulimit",   "umask",   "unalias", "unset",    "wait"};
/// Words after which a command stands again.
constexpr std::array<std::string_view, 12> kBeforeCommand = {"!",     "{",     "if", "then", "elif",    "else",
                                                             "while", "until", "do", "exec", "command", "time"};
/// Words after which nothing is a command until the next separator.
constexpr std::array<std::string_view, 7> kNoCommand = {"for", "case", "in", "fi", "done", "esac", "}"};

struct Word {
  std::string text;
  bool certain = true;     ///< Nothing in it is expanded.
  bool separator = false;  ///< `;`, `|`, `&&`, a new line …: a command stands next.
  bool redirection = false;
};

class Reader {
 public:
  explicit Reader(std::string_view script) : script_(script) {}

  bool next(Word& word) {
    word = {};
    while (at_ < script_.size() && (script_[at_] == ' ' || script_[at_] == '\t' || continued())) ++at_;
    if (at_ >= script_.size()) return false;
    const char c = script_[at_];
    if (c == '#') {
      while (at_ < script_.size() && script_[at_] != '\n') ++at_;
      return next(word);
    }
    if (std::string_view(";|&\n()").find(c) != std::string_view::npos) {
      ++at_;
      word.separator = true;
      return true;
    }
    if (c == '<' || c == '>') {
      while (at_ < script_.size() && std::string_view("<>&").find(script_[at_]) != std::string_view::npos) ++at_;
      word.redirection = true;
      return true;
    }
    read_word(word);
    return true;
  }

 private:
  /// Steps over the backslash of a continued line, so that the line end counts as space.
  bool continued() {
    if (script_.substr(at_, 2) != "\\\n") return false;
    ++at_;
    return true;
  }

  void read_word(Word& word) {
    char quote = 0;
    for (; at_ < script_.size(); ++at_) {
      const char c = script_[at_];
      if (quote == 0 && std::string_view(" \t\n;|&()<>").find(c) != std::string_view::npos) return;
      if (c == '\\' && quote != '\'' && at_ + 1 < script_.size()) {
        word.text += script_[++at_];
      } else if ((c == '\'' || c == '"') && (quote == 0 || quote == c)) {
        quote = quote == 0 ? c : 0;
      } else {
        if ((c == '$' || c == '`') && quote != '\'') word.certain = false;
        if (quote == 0 && (c == '*' || c == '?')) word.certain = false;
        word.text += c;
      }
    }
  }

  std::string_view script_;
  std::size_t at_ = 0;
};

template <std::size_t n>
bool among(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0 || std::isdigit(static_cast<unsigned char>(word[0])) != 0) {
    return false;
  }
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

std::vector<std::string> programs_in_script(std::string_view script) {
  std::vector<std::string> programs;
  Reader reader(script);
  bool command_next = true;
  bool target_next = false;  // The word after a redirection is a file.
  for (Word word; reader.next(word);) {
    if (word.separator) {
      command_next = true;
      target_next = false;
    } else if (word.redirection) {
      target_next = true;
    } else if (target_next) {
      target_next = false;
    } else if (command_next && !is_assignment(word.text)) {
      command_next = word.certain && among(kBeforeCommand, word.text);
      const bool runs = word.certain && !word.text.empty() && !command_next && !among(kBuiltIns, word.text) &&
                        !among(kNoCommand, word.text);
      if (runs && std::find(programs.begin(), programs.end(), word.text) == programs.end()) {
        programs.push_back(word.text);
      }
    }
  }
  return programs;
}

}  // namespace sluice::image
