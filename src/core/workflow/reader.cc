#include "core/workflow/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/nearest_name.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr std::string_view kOpen = "${{";

Value literal_of(const yaml::Node& node) {
  switch (node.type) {
    case yaml::Type::Null: return {};
    case yaml::Type::Boolean: return node.boolean;
    case yaml::Type::Integer:
    case yaml::Type::Float: return node.number;
    case yaml::Type::String: return node.text;
    case yaml::Type::Sequence:
    case yaml::Type::Mapping: break;
  }
  std::unreachable();
}

int characters(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view line_of(std::string_view text, int number) {
  for (int line = 1; line < number && !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? fmt::format(" (did you mean '{}'?)", *nearest) : std::string();
}

void Reader::add(Severity severity, Position at, std::string message) {
  findings_.push_back(Finding{severity, file_, at, std::move(message)});
}

void Reader::wrong_type(const yaml::Node& node, std::string_view what, std::string_view expected) {
  error(node.begin, fmt::format("{} is {}, not {}", what, expected, yaml::describe(node.type)));
}

bool Reader::is_mapping(const yaml::Node& node, std::string_view what) {
  if (node.type != yaml::Type::Mapping) {
    wrong_type(node, what, "a mapping");
    return false;
  }
  std::map<std::string, const yaml::Member*> seen;
  for (const yaml::Member& member : node.members) {
    const auto [first, is_new] = seen.emplace(upper_case(member.key), &member);
    if (is_new) continue;
    error(member.key_at,
          fmt::format("'{}' is here twice: '{}' was written at {}:{}, and case does not count", member.key,
                      first->second->key, first->second->key_at.line, first->second->key_at.column));
  }
  return true;
}

bool Reader::has_only(const yaml::Node& node, std::span<const std::string_view> allowed, std::string_view what) {
  if (!is_mapping(node, what)) return false;
  for (const yaml::Member& member : node.members) {
    if (std::find(allowed.begin(), allowed.end(), member.key) != allowed.end()) continue;
    const std::string nearest = did_you_mean(member.key, allowed);
    const std::string others = nearest.empty() ? fmt::format("; there are {}", fmt::join(allowed, ", ")) : nearest;
    error(member.key_at, fmt::format("{} has no key '{}'{}", what, member.key, others));
  }
  return true;
}

Position Reader::place_in(const yaml::Node& scalar, std::size_t offset) const {
  const std::string_view before = std::string_view(scalar.text).substr(0, offset);
  if (scalar.block_literal) {
    // The line of the `|`, then the block's own lines with their indentation. A folded block has lost its lines.
    const std::string_view header = line_of(text_, scalar.begin.line);
    const std::size_t indicator = header.find_first_of("|>", static_cast<std::size_t>(scalar.begin.column - 1));
    if (indicator == std::string_view::npos || header[indicator] == '>') return scalar.begin;
    const auto lines = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    int first_line = scalar.begin.line + 1;
    while (first_line < scalar.end.line &&
           line_of(text_, first_line).find_first_not_of(" \r") == std::string_view::npos) {
      ++first_line;
    }
    const std::string_view first_content = line_of(text_, first_line);
    const std::size_t indentation = std::min(first_content.find_first_not_of(' '), first_content.size());
    const std::string_view in_line = before.substr(before.rfind('\n') + 1);
    return {scalar.begin.line + 1 + lines, static_cast<int>(indentation) + characters(in_line) + 1};
  }
  if (scalar.begin.line != scalar.end.line) return scalar.begin;
  return {scalar.begin.line, scalar.begin.column + (scalar.quoted ? 1 : 0) + characters(before)};
}

Field Reader::field(const yaml::Node& node, const ExpressionPlace& place) {
  Field field;
  field.at = node.begin;
  switch (node.type) {
    case yaml::Type::Sequence:
      field.shape = Field::Shape::List;
      for (const auto& item : node.items) field.items.push_back(this->field(*item, place));
      return field;
    case yaml::Type::Mapping:
      field.shape = Field::Shape::Mapping;
      is_mapping(node, "this");
      for (const yaml::Member& member : node.members) {
        field.members.emplace_back(member.key, this->field(*member.value, place));
      }
      return field;
    default: break;
  }
  field.source = node.text;
  field.literal = literal_of(node);
  if (node.text.find(kOpen) == std::string::npos) return field;
  auto parsed = Template::parse(node.text, place);
  if (!parsed) {
    error(place_in(node, parsed.error().offset), std::move(parsed.error().message));
    return field;
  }
  field.text = *std::move(parsed);
  return field;
}

std::optional<Field> Reader::scalar(const yaml::Node& node, const ExpressionPlace& place, std::string_view what) {
  if (!node.is_scalar()) {
    wrong_type(node, what, "text");
    return std::nullopt;
  }
  return field(node, place);
}

std::optional<Field> Reader::boolean(const yaml::Node& node, const ExpressionPlace& place, std::string_view what) {
  const bool expression = node.type == yaml::Type::String && node.text.find(kOpen) != std::string::npos;
  if (node.type != yaml::Type::Boolean && !expression) {
    wrong_type(node, what, "true, false or an expression");
    return std::nullopt;
  }
  return field(node, place);
}

std::optional<Field> Reader::number(const yaml::Node& node, const ExpressionPlace& place, std::string_view what) {
  const bool expression = node.type == yaml::Type::String && node.text.find(kOpen) != std::string::npos;
  const bool number = node.type == yaml::Type::Integer || node.type == yaml::Type::Float;
  if (!number && !expression) {
    wrong_type(node, what, "a number or an expression");
    return std::nullopt;
  }
  if (number && !(node.number > 0)) error(node.begin, fmt::format("{} is more than 0", what));
  return field(node, place);
}

std::optional<Field> Reader::scalars(const yaml::Node& node, const ExpressionPlace& place, std::string_view what) {
  if (node.type == yaml::Type::String && node.text.find(kOpen) != std::string::npos) return field(node, place);
  if (!is_mapping(node, what)) return std::nullopt;
  for (const yaml::Member& member : node.members) {
    if (!member.value->is_scalar()) wrong_type(*member.value, fmt::format("'{}'", member.key), "text");
  }
  return field(node, place);
}

std::optional<Condition> Reader::condition(const yaml::Node& node, const ExpressionPlace& place) {
  if (!node.is_scalar()) {
    wrong_type(node, "an 'if'", "an expression");
    return std::nullopt;
  }
  auto parsed = Template::parse_condition(node.text, place);
  if (!parsed) {
    error(place_in(node, parsed.error().offset), std::move(parsed.error().message));
    return std::nullopt;
  }
  if (!parsed->empty() && !parsed->is_single_expression()) {
    warning(node.begin,
            "this 'if' is always true: text around ${{ }} makes it a string; put the whole condition into one "
            "expression");
  }
  return Condition{*std::move(parsed), node.text, node.begin};
}

std::optional<std::string> Reader::plain_text(const yaml::Node& node, std::string_view what) {
  if (!node.is_scalar() || node.type == yaml::Type::Null) {
    wrong_type(node, what, "text");
    return std::nullopt;
  }
  if (const std::size_t open = node.text.find(kOpen); open != std::string::npos) {
    error(place_in(node, open), fmt::format("{} takes no expressions", what));
    return std::nullopt;
  }
  return node.text;
}

std::vector<Reader::Word> Reader::words(const yaml::Node& node, std::string_view what) {
  std::vector<Word> found;
  if (node.type == yaml::Type::Sequence) {
    for (const auto& item : node.items) {
      if (auto text = plain_text(*item, what)) found.push_back(Word{*std::move(text), item->begin});
    }
    return found;
  }
  if (auto text = plain_text(node, what)) found.push_back(Word{*std::move(text), node.begin});
  return found;
}

bool Reader::check_id(std::string_view id, Position at, std::string_view what) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool begins_well = !id.empty() && is_letter(id.front());
  const bool all_well =
      std::all_of(id.begin(), id.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
  if (begins_well && all_well) return true;
  error(at, fmt::format("'{}' cannot be {}: it begins with a letter or '_' and holds only letters, digits, '-' and '_'",
                        id, what));
  return false;
}

}  // namespace sluice::workflow
