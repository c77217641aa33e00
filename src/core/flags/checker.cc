#include "core/flags/checker.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_name.h"

namespace sluice::flags {
namespace {

constexpr std::size_t kLongestKey = 64;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_inner(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= kLongestKey && is_lower(text.front()) && std::ranges::all_of(text, is_inner);
}

bool Checker::is_mapping(const yaml::Node& node, std::string_view what) {
  if (node.type == yaml::Type::Mapping) return true;
  report(node.begin, fmt::format("{} is a mapping, not {}", what, yaml::describe(node.type)));
  return false;
}

bool Checker::is_list(const yaml::Node& node, std::string_view what) {
  if (node.type == yaml::Type::Sequence) return true;
  report(node.begin, fmt::format("{} is a list, not {}", what, yaml::describe(node.type)));
  return false;
}

bool Checker::is_flag(const yaml::Node& node, std::string_view what) {
  if (node.type == yaml::Type::Boolean) return true;
  report(node.begin, fmt::format("{} is true or false, not {}", what, yaml::describe(node.type)));
  return false;
}

bool Checker::is_whole_number(const yaml::Node& node, std::string_view what) {
  if (node.type == yaml::Type::Integer) return true;
  report(node.begin, fmt::format("{} is a whole number, not {}", what, yaml::describe(node.type)));
  return false;
}

bool Checker::is_text(const yaml::Node& node, std::string_view what, std::size_t most) {
  if (node.type != yaml::Type::String) {
    report(node.begin, fmt::format("{} is a string, not {}{}", what, yaml::describe(node.type),
                                   node.is_scalar() && !node.text.empty() ? ": write it in quotes" : ""));
    return false;
  }
  if (node.text.size() <= most) return true;
  report(node.begin, fmt::format("{} has {} bytes, and AppConfig takes {} at most", what, node.text.size(), most));
  return false;
}

bool Checker::is_name(const yaml::Node& node, std::string_view what) {
  if (!is_text(node, what, kLongestKey)) return false;
  const bool fine = !node.text.empty() && node.text.find('\n') == std::string::npos;
  if (!fine) report(node.begin, fmt::format("{} has 1 to {} characters on one line", what, kLongestKey));
  return fine;
}

void Checker::knows(const yaml::Node& mapping, std::string_view what, std::span<const std::string_view> keys) {
  for (const yaml::Member& member : mapping.members) {
    if (std::ranges::find(keys, member.key) != keys.end()) continue;
    const auto near = nearest_name(member.key, keys);
    report(member.key_at, fmt::format("{} has no key '{}'{}", what, member.key,
                                      near ? fmt::format(": did you mean '{}'?", *near)
                                           : fmt::format(": it has {}", fmt::join(keys, ", "))));
  }
}

bool Checker::is_key(const yaml::Member& member, std::string_view noun) {
  if (flags::is_key(member.key)) return true;
  report(member.key_at,
         fmt::format("'{}' is no key of {}: a lower-case letter, then letters, digits, '_' and '-', {} at most",
                     member.key, noun, kLongestKey));
  return false;
}

void Checker::unknown(Position at, std::string_view sentence, std::string_view name,
                      std::span<const std::string_view> known) {
  const auto near = nearest_name(name, known);
  report(at, fmt::format("{}{}", sentence,
                         near            ? fmt::format(": did you mean '{}'?", *near)
                         : known.empty() ? std::string()
                                         : fmt::format(": there is {}", fmt::join(known, ", "))));
}

}  // namespace sluice::flags
