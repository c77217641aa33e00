#include "adapters/aws/ini_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice::aws {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && is_space(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string one_spaced(std::string_view text) {
  std::string result;
  for (const char c : trimmed(text)) {
    if (is_space(c) && (result.empty() || result.back() == ' ')) continue;
    result += is_space(c) ? ' ' : c;
  }
  return result;
}

/// Reads line by line: what section and key the next line may belong to.
class IniReader {
 public:
  explicit IniReader(const std::string& file) : file_(file) {}

  Status take(std::string_view line) {
    ++number_;
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return {};
    if (text.front() == '[') return begin_section(text);
    if (section_ == nullptr) return problem("a line before the first section; write [default] above it");
    if (is_space(line.front())) return take_nested(text);
    return take_value(text);
  }

  IniSections finish() { return std::move(sections_); }

 private:
  Error problem(std::string_view what) const {
    return {ErrorKind::InvalidInput, fmt::format("{}:{}: {}", file_, number_, what)};
  }

  Status begin_section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return problem("a section's name without its closing bracket ]");
    const std::string name = one_spaced(text.substr(1, end - 1));
    if (name.empty()) return problem("a section without a name");
    section_ = &sections_[name];
    key_.clear();
    return {};
  }

  Status take_value(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return problem("neither a section nor `key = value`");
    key_ = lower_case(trimmed(text.substr(0, equals)));
    if (key_.empty()) return problem("a value without a key before its =");
    (*section_)[key_] = trimmed(without_comment(text.substr(equals)).substr(1));
    return {};
  }

  Status take_nested(std::string_view text) {
    if (key_.empty()) return problem("an indented line that belongs to no key");
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !(*section_)[key_].empty()) {
      // A value that goes on. None that is read here does.
      std::string& value = (*section_)[key_];
      value.append("\n").append(text);
      return {};
    }
    const std::string nested = lower_case(trimmed(text.substr(0, equals)));
    if (nested.empty()) return problem("a value without a key before its =");
    (*section_)[key_ + "." + nested] = trimmed(without_comment(text.substr(equals)).substr(1));
    return {};
  }

  const std::string& file_;
  IniSections sections_;
  IniSection* section_ = nullptr;
  std::string key_;
  int number_ = 0;
};

}  // namespace

Result<IniSections> parse_ini(std::string_view text, const std::string& file) {
  IniReader reader(file);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    TRY(reader.take(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return reader.finish();
}

}  // namespace sluice::aws
