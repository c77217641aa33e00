#include "core/analysis/service_log_line.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <optional>

#include "core/analysis/json_line.h"

namespace sluice::analysis {
namespace {

namespace json = boost::json;

constexpr std::size_t kSearchedBytes = 160;
constexpr std::size_t kLongestRequestId = 128;
constexpr double kPinoError = 50;

bool equals(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, [](unsigned char a, char b) { return std::tolower(a) == b; });
}

bool names_an_error(std::string_view level) {
  constexpr std::array<std::string_view, 11> kLevels{"error", "err",   "critical",  "crit",  "fatal", "severe",
                                                     "alert", "emerg", "emergency", "panic", "dpanic"};
  return std::ranges::any_of(kLevels, [&](std::string_view name) { return equals(level, name); });
}

const json::value* member(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const json::value* value = object.if_contains(name)) return value;
  }
  return nullptr;
}

const json::value* nested(const json::object& object, std::string_view name, std::string_view inner) {
  const json::value* outer = object.if_contains(name);
  return outer != nullptr && outer->is_object() ? outer->get_object().if_contains(inner) : nullptr;
}

std::string text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return {};
  return std::string(std::string_view(value->get_string()).substr(0, kLongestRequestId));
}

ServiceLogLine read_object(const json::object& object) {
  const json::value* level = member(object, {"level", "levelname", "severity", "lvl", "log.level"});
  if (level == nullptr) level = nested(object, "log", "level");
  if (level == nullptr) return {};
  ServiceLogLine line;
  if (level->is_string()) line.is_error = names_an_error(level->get_string());
  if (level->is_number() && object.contains("level")) line.is_error = level->to_number<double>() >= kPinoError;
  if (!line.is_error) return line;
  const json::value* id = member(object, {"request_id", "requestId", "x-request-id", "x_request_id"});
  line.request_id = text_of(id != nullptr ? id : nested(object, "req", "id"));
  return line;
}

std::optional<ServiceLogLine> read_json(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;
  const auto value = parse_json_line(text);
  return value ? std::optional(read_object(value->get_object())) : std::nullopt;
}

bool is_boundary(char c) { return std::string_view(" \t[](){}<>|:,;\r").find(c) != std::string_view::npos; }

/// Whether a word is a level, and if so whether it is that of an error.
std::optional<bool> level_in_capitals(std::string_view word) {
  for (const std::string_view level : {"ERROR", "CRITICAL", "FATAL", "SEVERE"}) {
    if (word == level) return true;
  }
  for (const std::string_view level : {"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING"}) {
    if (word == level) return false;
  }
  return std::nullopt;
}

std::string_view unquoted(std::string_view text) {
  if (text.starts_with('"')) text.remove_prefix(1);
  return text.substr(0, text.find('"'));
}

std::optional<bool> level_of_word(std::string_view word, bool in_brackets) {
  if (const auto level = level_in_capitals(word)) return level;
  for (const std::string_view key : {"level=", "lvl=", "severity="}) {
    if (word.starts_with(key)) return names_an_error(unquoted(word.substr(key.size())));
  }
  if (!in_brackets) return std::nullopt;
  for (const std::string_view level : {"error", "crit", "alert", "emerg"}) {
    if (word == level) return true;
  }
  for (const std::string_view level : {"debug", "info", "notice", "warn"}) {
    if (word == level) return false;
  }
  return std::nullopt;
}

/// `E0102 15:04:05.678901`, E or F for errors.
std::optional<bool> klog_level(std::string_view text) {
  constexpr std::string_view kForm = "L#### ##:##:##";
  if (text.size() < kForm.size()) return std::nullopt;
  for (std::size_t i = 1; i < kForm.size(); ++i) {
    const bool fits = kForm[i] == '#' ? std::isdigit(static_cast<unsigned char>(text[i])) != 0 : text[i] == kForm[i];
    if (!fits) return std::nullopt;
  }
  if (text[0] == 'E' || text[0] == 'F') return true;
  return text[0] == 'I' || text[0] == 'W' ? std::optional(false) : std::nullopt;
}

/// Past the colour codes of terminals (`ESC [ … m`).
std::size_t skip_colours(std::string_view text, std::size_t at) {
  while (at + 1 < text.size() && text[at] == '\x1b' && text[at + 1] == '[') {
    const std::size_t end = text.find('m', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

bool is_plain_error(std::string_view text) {
  if (text.starts_with("panic:")) return true;
  if (const auto level = klog_level(text)) return *level;
  const std::string_view searched = text.substr(0, kSearchedBytes);
  for (std::size_t at = 0; at < searched.size();) {
    at = skip_colours(searched, at);
    std::size_t end = at;
    while (end < searched.size() && !is_boundary(searched[end]) && searched[end] != '\x1b') ++end;
    const bool whole = end < searched.size() || text.size() <= kSearchedBytes;
    const bool in_brackets = at > 0 && searched[at - 1] == '[' && end < searched.size() && searched[end] == ']';
    if (whole && end > at) {
      if (const auto level = level_of_word(searched.substr(at, end - at), in_brackets)) return *level;
    }
    at = end < searched.size() && searched[end] != '\x1b' ? end + 1 : std::max(end, at + 1);
  }
  return false;
}

std::string plain_request_id(std::string_view text) {
  for (const std::string_view key : {"request_id=", "x-request-id="}) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) continue;
    const std::string_view value = unquoted(text.substr(at + key.size()));
    const auto end = std::ranges::find_if(value, is_boundary);
    return std::string(value.begin(), std::min(end, value.begin() + std::min(value.size(), kLongestRequestId)));
  }
  return {};
}

}  // namespace

ServiceLogLine read_service_log_line(std::string_view text) {
  if (auto read = read_json(text)) return std::move(*read);
  if (!is_plain_error(text)) return {};
  return {.is_error = true, .request_id = plain_request_id(text)};
}

}  // namespace sluice::analysis
