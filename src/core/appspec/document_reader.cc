#include "core/appspec/document_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/nearest_name.h"

namespace sluice::appspec {
namespace {

using yaml::Node;
using yaml::Type;

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) { return in_lower_case(a) == in_lower_case(b); }

bool DocumentReader::check_keys(const Node& node, std::string_view noun, std::span<const std::string_view> known) {
  if (node.type != Type::Mapping) {
    report(node.begin, fmt::format("{} must be a mapping, not {}", noun, yaml::describe(node.type)));
    return false;
  }
  std::set<std::string> seen;
  for (const yaml::Member& member : node.members) {
    const bool is_known = std::ranges::any_of(known, [&](auto name) { return same_word(name, member.key); });
    if (!is_known) {
      const auto near = nearest_name(member.key, known);
      report(member.key_at, fmt::format("'{}' is not a key of {}{}", member.key, noun,
                                        near ? fmt::format(": did you mean '{}'?", *near)
                                             : fmt::format(": there are {}", fmt::join(known, ", "))));
    } else if (!seen.insert(in_lower_case(member.key)).second) {
      report(member.key_at, fmt::format("'{}' is there twice: the case of a key does not count", member.key));
    }
  }
  return true;
}

const Node* DocumentReader::find(const Node& mapping, std::string_view key) {
  for (const yaml::Member& member : mapping.members) {
    if (same_word(member.key, key)) return member.value->type == Type::Null ? nullptr : member.value.get();
  }
  return nullptr;
}

const Node* DocumentReader::need(const Node& mapping, std::string_view key, std::string_view noun) {
  const Node* const found = find(mapping, key);
  if (found == nullptr) report(mapping.begin, fmt::format("'{}' is missing in {}", key, noun));
  return found;
}

std::string DocumentReader::text(const Node& node, std::string_view key) {
  const bool is_text = node.type == Type::String || node.type == Type::Integer || node.type == Type::Float;
  if (is_text && !node.text.empty()) return node.text;
  report(node.begin, fmt::format("'{}' must be a text, not {}", key,
                                 node.type == Type::String ? "an empty one" : yaml::describe(node.type)));
  return {};
}

std::optional<int> DocumentReader::number(const Node& node, std::string_view key, int least, int most) {
  int value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto read = std::from_chars(node.text.data(), end, value);
  const bool is_number = node.is_scalar() && !node.text.empty() && read.ec == std::errc{} && read.ptr == end;
  if (is_number && value >= least && value <= most) return value;
  report(node.begin, fmt::format("'{}' must be a whole number from {} to {}", key, least, most));
  return std::nullopt;
}

}  // namespace sluice::appspec
