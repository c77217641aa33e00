#include "core/workflow/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace sluice::workflow {
namespace {

constexpr std::array<std::string_view, 15> kNames{"add-mask", "add-matcher",    "add-path",
                                                  "debug",    "echo",           "endgroup",
                                                  "error",    "group",          "internal-set-repo-path",
                                                  "notice",   "remove-matcher", "save-state",
                                                  "set-env",  "set-output",     "warning"};
constexpr std::string_view kStop = "stop-commands";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_command(std::string_view name) {
  return name == kStop || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

using Escapes = std::initializer_list<std::pair<std::string_view, char>>;

/// One pass, so that `%250A` gives `%0A`.
std::string unescape(std::string_view text, Escapes escapes) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto found = std::find_if(escapes.begin(), escapes.end(),
                                    [&](const auto& escape) { return text.substr(i).starts_with(escape.first); });
    if (found == escapes.end()) {
      out += text[i++];
    } else {
      out += found->second;
      i += found->first.size();
    }
  }
  return out;
}

std::map<std::string, std::string> parse_properties(std::string_view text, char separator, Escapes escapes) {
  std::map<std::string, std::string> properties;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view pair = text.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      std::string_view key = pair.substr(0, equals);
      while (key.starts_with(' ')) key.remove_prefix(1);
      while (key.ends_with(' ')) key.remove_suffix(1);
      properties[std::string(key)] = unescape(pair.substr(equals + 1), escapes);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return properties;
}

struct Head {
  std::string_view name;
  std::string_view properties;
};
Head split_head(std::string_view head) {
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos) return {head, {}};
  return {head.substr(0, space), head.substr(space + 1)};
}

std::optional<Command> parse_colons(std::string_view line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  if (!line.starts_with("::")) return std::nullopt;
  line.remove_prefix(2);
  const std::size_t close = line.find("::");
  if (close == std::string_view::npos) return std::nullopt;
  const Head head = split_head(line.substr(0, close));
  Command command{lower(head.name), {}, {}};
  if (!is_command(command.name)) return std::nullopt;
  command.properties =
      parse_properties(head.properties, ',', {{"%0D", '\r'}, {"%0A", '\n'}, {"%3A", ':'}, {"%2C", ','}, {"%25", '%'}});
  command.data = unescape(line.substr(close + 2), {{"%0D", '\r'}, {"%0A", '\n'}, {"%25", '%'}});
  return command;
}

std::optional<Command> parse_brackets(std::string_view line) {
  const std::size_t open = line.find("##[");
  if (open == std::string_view::npos) return std::nullopt;
  line.remove_prefix(open + 3);
  const std::size_t close = line.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  const Head head = split_head(line.substr(0, close));
  Command command{lower(head.name), {}, {}};
  if (!is_command(command.name)) return std::nullopt;
  const Escapes escapes{{"%3B", ';'}, {"%0D", '\r'}, {"%0A", '\n'}, {"%5D", ']'}, {"%25", '%'}};
  command.properties = parse_properties(head.properties, ';', escapes);
  command.data = unescape(line.substr(close + 1), escapes);
  return command;
}

}  // namespace

std::optional<Command> parse_command(std::string_view line) {
  if (auto command = parse_colons(line)) return command;
  return parse_brackets(line);
}

std::optional<Command> CommandReader::read(std::string_view line) {
  if (!stop_token_.empty()) {
    while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
    if (line == fmt::format("::{}::", stop_token_)) stop_token_.clear();
    return std::nullopt;
  }
  auto command = parse_command(line);
  if (command && command->name == kStop) stop_token_ = command->data;
  return command;
}

}  // namespace sluice::workflow
