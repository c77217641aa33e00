#include "core/workflow/file_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::workflow {
namespace {

/// Takes the text line by line; `\n` and `\r\n` end one.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  struct Line {
    std::string_view text;
    std::string_view ending;
  };
  std::optional<Line> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const bool has_return = end > 0 && end < rest_.size() && rest_[end - 1] == '\r';
    const std::size_t size = has_return ? end - 1 : end;
    const std::size_t after = std::min(end + 1, rest_.size());
    const Line line{rest_.substr(0, size), rest_.substr(size, after - size)};
    rest_.remove_prefix(after);
    ++number_;
    return line;
  }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

Error wrong(int line, std::string_view what) {
  return Error{ErrorKind::InvalidInput, fmt::format("line {}: {}", line, what)};
}

/// The lines up to the one that is `delimiter`, with their own line ends between them.
Result<std::string> read_block(Lines& lines, std::string_view name, std::string_view delimiter) {
  const int begin = lines.number();
  std::string value;
  std::string_view ending;
  bool first = true;
  while (const auto line = lines.next()) {
    if (line->text == delimiter) return value;
    if (!first) value += ending;
    value += line->text;
    ending = line->ending;
    first = false;
  }
  return wrong(begin, fmt::format("the value of {} never ends: no line is just '{}'", name, delimiter));
}

}  // namespace

Result<Assignments> parse_assignments(std::string_view text) {
  Assignments assignments;
  Lines lines(text);
  while (const auto line = lines.next()) {
    const std::string_view entry = line->text;
    if (entry.empty()) continue;
    const std::size_t equals = entry.find('=');
    const std::size_t block = entry.find("<<");
    if (equals < block) {
      if (equals == 0) return wrong(lines.number(), "there is no name before the '='");
      assignments.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    } else if (block != std::string_view::npos) {
      const std::string_view name = entry.substr(0, block);
      const std::string_view delimiter = entry.substr(block + 2);
      if (name.empty() || delimiter.empty()) {
        return wrong(lines.number(), "a name before '<<' and a delimiter after it are needed");
      }
      TRY_ASSIGN(std::string value, read_block(lines, name, delimiter));
      assignments.emplace_back(name, std::move(value));
    } else {
      return wrong(lines.number(), "neither 'name=value' nor 'name<<DELIMITER'");
    }
  }
  return assignments;
}

std::vector<std::string> parse_path_lines(std::string_view text) {
  std::vector<std::string> folders;
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (!line->text.empty()) folders.emplace_back(line->text);
  }
  return folders;
}

}  // namespace sluice::workflow
