#include "core/analysis/readable_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/json_text.h"
#include "core/analysis/json_line.h"

namespace sluice::analysis {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kMessages{"message", "msg", "event"};
/// What every line has, and what says nothing about this one.
constexpr std::array<std::string_view, 15> kCommon{"time",   "timestamp", "@timestamp", "ts",   "asctime",
                                                   "date",   "level",     "levelname",  "lvl",  "severity",
                                                   "logger", "name",      "hostname",   "host", "pid"};

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string(std::string_view(value.get_string()));
  return value.is_number() ? to_json_text(value) : std::string();
}

}  // namespace

std::string readable(std::string_view text) {
  if (!text.starts_with('{')) return std::string(text);
  const auto value = parse_json_line(text);
  if (!value) return std::string(text);
  const json::object& object = value->get_object();
  const auto is_text = [&](std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr && member->is_string();
  };
  const auto* const message = std::ranges::find_if(kMessages, is_text);
  if (message == kMessages.end()) return std::string(text);
  std::string others;
  for (const auto& [name, member] : object) {
    const std::string shown = text_of(member);
    if (shown.empty() || name == *message || std::ranges::find(kCommon, std::string_view(name)) != kCommon.end())
      continue;
    others += fmt::format("{}{}={}", others.empty() ? "" : ", ", std::string_view(name), shown);
  }
  const std::string said = text_of(object.at(*message));
  return others.empty() ? said : fmt::format("{} ({})", said, others);
}

}  // namespace sluice::analysis
