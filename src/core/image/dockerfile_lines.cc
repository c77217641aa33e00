#include "core/image/dockerfile_lines.h"

#include <algorithm>
#include <cctype>

namespace sluice::image {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_comment(std::string_view line) { return trimmed(line).starts_with('#'); }

/// Bytes 0x80 to 0xBF continue a character of UTF-8 and do not count as columns.
bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

DockerLines::DockerLines(std::string_view text) : text_(text) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  read_directives();
}

/// `# escape=` in the comments at the top, before anything else.
void DockerLines::read_directives() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = trimmed(rest.substr(0, end));
    const auto equals = line.find('=');
    if (!line.starts_with('#') || equals == std::string_view::npos) return;
    std::string name(trimmed(line.substr(1, equals - 1)));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name.empty() || name.find(' ') != std::string::npos) return;
    if (name == "escape" && trimmed(line.substr(equals + 1)) == "`") escape_ = '`';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

std::string_view DockerLines::physical() {
  const auto end = std::min(text_.find('\n', at_), text_.size());
  auto line = text_.substr(at_, end - at_);
  at_ = std::min(end + 1, text_.size());
  ++line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<DockerLine> DockerLines::next() {
  DockerLine logical;
  bool open = false;
  while (!at_end()) {
    const int number = line_;
    const auto line = physical();
    // Comments and empty lines inside a continued line are passed over.
    if (is_comment(line) || trimmed(line).empty()) continue;
    const auto last = line.find_last_not_of(" \t");
    open = line[last] == escape_;
    const auto content = open ? line.substr(0, last) : line.substr(0, last + 1);
    int column = 0;
    for (const char c : content) {
      if (starts_character(c) || column == 0) ++column;
      const bool leading_space = logical.text.empty() && (c == ' ' || c == '\t');
      if (leading_space) continue;
      logical.text += c;
      logical.places.push_back({number, column});
    }
    if (!open && !logical.text.empty()) return logical;
  }
  if (logical.text.empty()) return std::nullopt;
  return logical;
}

std::optional<std::string> DockerLines::document(std::string_view delimiter, bool strip_tabs) {
  std::string body;
  while (!at_end()) {
    auto line = physical();
    if (strip_tabs) line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    if (line == delimiter) return body;
    body.append(line).append("\n");
  }
  return std::nullopt;
}

}  // namespace sluice::image
