#include "core/flags/attribute.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/flags/flag_set.h"
#include "core/flags/pattern.h"

namespace sluice::flags {
namespace {

using yaml::Node;
using yaml::Type;

constexpr std::array<std::pair<std::string_view, AttributeType>, 4> kTypes{{{"string", AttributeType::Text},
                                                                            {"number", AttributeType::Number},
                                                                            {"boolean", AttributeType::Flag},
                                                                            {"array", AttributeType::Array}}};

std::vector<std::string_view> keys_of(AttributeType type) {
  switch (type) {
    case AttributeType::Text: return {"type", "required", "pattern", "enum"};
    case AttributeType::Number: return {"type", "required", "minimum", "maximum"};
    case AttributeType::Flag: return {"type", "required"};
    case AttributeType::Array: return {"type", "required", "elements"};
  }
  std::unreachable();
}

bool is_number(const Node& node) { return node.type == Type::Integer || node.type == Type::Float; }

std::optional<AttributeType> read_type(Checker& checker, const Node& node, std::string_view what, bool is_of_elements) {
  const Node* const type = node.find("type");
  if (type == nullptr) {
    checker.report(node.begin, fmt::format("'type' is missing in {}", what));
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const auto& [name, kind] : kTypes) {
    if (is_of_elements && (kind == AttributeType::Flag || kind == AttributeType::Array)) continue;
    if (type->type == Type::String && type->text == name) return kind;
    names.push_back(name);
  }
  checker.unknown(type->begin, fmt::format("'type' of {} is '{}'", what, type->text), type->text, names);
  return std::nullopt;
}

void read_choices(Checker& checker, const Node& node, std::string_view what, Constraint& constraint) {
  if (!checker.is_list(node, fmt::format("'enum' of {}", what))) return;
  if (node.items.size() > kMostChoices) {
    checker.report(node.begin, fmt::format("'enum' of {} has {} values, and AppConfig takes {} at most", what,
                                           node.items.size(), kMostChoices));
  }
  for (const auto& item : node.items) {
    if (item->type == Type::Integer ||
        checker.is_text(*item, fmt::format("a value of 'enum' of {}", what), kLongestText))
      constraint.choices.push_back(item.get());
  }
}

void read_limits(Checker& checker, const Node& node, std::string_view what, Constraint& constraint) {
  for (const auto& [key, limit] : {std::pair{"minimum", &constraint.minimum}, {"maximum", &constraint.maximum}}) {
    const Node* const number = node.find(key);
    if (number != nullptr && checker.is_whole_number(*number, fmt::format("'{}' of {}", key, what))) {
      *limit = number->integer;
    }
  }
  if (constraint.minimum && constraint.maximum && *constraint.minimum > *constraint.maximum) {
    checker.report(node.find("maximum")->begin, fmt::format("no number is at least {} and at most {}: {}",
                                                            *constraint.minimum, *constraint.maximum, what));
  }
}

/// Nothing, and reported, where it has no type that is known.
std::optional<Constraint> read_constraint(Checker& checker, const Node& node, std::string_view what,
                                          bool is_of_elements) {
  if (!checker.is_mapping(node, what)) return std::nullopt;
  const auto type = read_type(checker, node, what, is_of_elements);
  if (!type) return std::nullopt;
  checker.knows(node, what, keys_of(*type));
  Constraint constraint{.type = *type, .minimum = {}, .maximum = {}, .pattern = nullptr, .choices = {}};
  if (const Node* required = node.find("required")) checker.is_flag(*required, fmt::format("'required' of {}", what));
  if (*type == AttributeType::Number) read_limits(checker, node, what, constraint);
  if (*type != AttributeType::Text) return constraint;
  const Node* const pattern = node.find("pattern");
  const Node* const choices = node.find("enum");
  if (pattern != nullptr && choices != nullptr) {
    checker.report(choices->begin,
                   fmt::format("'pattern' and 'enum' are both in {}: AppConfig takes one of them", what));
  }
  if (pattern != nullptr && checker.is_text(*pattern, fmt::format("'pattern' of {}", what), kLongestText)) {
    constraint.pattern = pattern;
  }
  if (choices != nullptr) read_choices(checker, *choices, what, constraint);
  return constraint;
}

void read_attribute(Checker& checker, const Node& node, std::string_view what, Attribute& attribute) {
  if (!checker.is_mapping(node, what)) return;
  constexpr std::array<std::string_view, 2> kKeys{"description", "constraints"};
  checker.knows(node, what, kKeys);
  if (const Node* description = node.find("description")) {
    checker.is_text(*description, fmt::format("'description' of {}", what), kLongestText);
  }
  const Node* const constraints = node.find("constraints");
  if (constraints == nullptr) return;
  const std::string where = fmt::format("'constraints' of {}", what);
  attribute.value = read_constraint(checker, *constraints, where, false);
  if (!attribute.value) return;
  const Node* const required = constraints->find("required");
  attribute.is_required = required != nullptr && required->type == Type::Boolean && required->boolean;
  const Node* const elements = constraints->find("elements");
  if (elements == nullptr || attribute.value->type != AttributeType::Array) return;
  attribute.element = read_constraint(checker, *elements, fmt::format("'elements' of {}", what), true);
}

/// AppConfig compares the text of a choice, which may have been written as a number.
bool is_choice(const Constraint& constraint, const Node& value) {
  return std::ranges::any_of(constraint.choices, [&](const Node* choice) { return choice->text == value.text; });
}

void check_text(Checker& checker, const Node& value, std::string_view what, const Constraint& constraint) {
  if (!checker.is_text(value, what, kLongestText)) return;
  if (!constraint.choices.empty() && !is_choice(constraint, value)) {
    std::vector<std::string_view> names;
    for (const Node* choice : constraint.choices) names.push_back(choice->text);
    checker.unknown(value.begin, fmt::format("{} is '{}', which is none of its choices", what, value.text), value.text,
                    names);
  }
  if (constraint.pattern == nullptr) return;
  const auto found = is_found(constraint.pattern->text, value.text);
  if (!found) {
    checker.report(constraint.pattern->begin,
                   fmt::format("this pattern is not tried here, and AppConfig may refuse {}", what), Severity::Warning);
  } else if (!*found) {
    checker.report(value.begin, fmt::format("{} is '{}', which does not match its pattern {}", what, value.text,
                                            constraint.pattern->text));
  }
}

void check_number(Checker& checker, const Node& value, std::string_view what, const Constraint& constraint) {
  if (!is_number(value)) {
    checker.report(value.begin, fmt::format("{} is a number, not {}", what, yaml::describe(value.type)));
    return;
  }
  if (constraint.minimum && value.number < static_cast<double>(*constraint.minimum)) {
    checker.report(value.begin,
                   fmt::format("{} is {}, below its minimum of {}", what, value.text, *constraint.minimum));
  }
  if (constraint.maximum && value.number > static_cast<double>(*constraint.maximum)) {
    checker.report(value.begin,
                   fmt::format("{} is {}, above its maximum of {}", what, value.text, *constraint.maximum));
  }
}

void check_constraint(Checker& checker, const Node& value, std::string_view what, const Constraint& constraint) {
  switch (constraint.type) {
    case AttributeType::Text: return check_text(checker, value, what, constraint);
    case AttributeType::Number: return check_number(checker, value, what, constraint);
    case AttributeType::Flag: checker.is_flag(value, what); return;
    case AttributeType::Array: checker.is_list(value, what); return;
  }
  std::unreachable();
}

/// Whether it is of a kind that attributes have at all.
bool is_simple(Checker& checker, const Node& value, std::string_view what) {
  const bool is_finite = value.type != Type::Float || std::isfinite(value.number);
  if (value.type == Type::Boolean || (is_number(value) && is_finite)) return true;
  if (value.type == Type::String) return checker.is_text(value, what, kLongestText);
  checker.report(value.begin, fmt::format("{} is a string, a number, true, false or a list, not {}", what,
                                          is_finite ? yaml::describe(value.type) : "a number that JSON cannot say"));
  return false;
}

bool is_value(Checker& checker, const Node& value, std::string_view what) {
  if (value.type != Type::Sequence) return is_simple(checker, value, what);
  for (const auto& item : value.items) {
    const bool fits = item->type == Type::String ? value.items.front()->type == Type::String
                                                 : is_number(*item) && is_number(*value.items.front());
    if (!fits) {
      checker.report(item->begin, fmt::format("{} holds strings alone or numbers alone", what));
      return false;
    }
    if (!is_simple(checker, *item, fmt::format("an element of {}", what))) return false;
  }
  return true;
}

}  // namespace

std::vector<Attribute> read_attributes(Checker& checker, const Node& node, std::string_view flag) {
  std::vector<Attribute> attributes;
  if (!checker.is_mapping(node, fmt::format("'attributes' of the flag '{}'", flag))) return attributes;
  if (node.members.size() > kMostAttributes) {
    checker.report(node.begin, fmt::format("the flag '{}' has {} attributes, and AppConfig takes {} at most", flag,
                                           node.members.size(), kMostAttributes));
  }
  for (const yaml::Member& member : node.members) {
    checker.is_key(member, "an attribute");
    attributes.push_back({.name = member.key, .is_required = false, .value = {}, .element = {}});
    read_attribute(checker, *member.value, fmt::format("the attribute '{}' of the flag '{}'", member.key, flag),
                   attributes.back());
  }
  return attributes;
}

void check_value(Checker& checker, const Node& value, std::string_view what, const Attribute* attribute) {
  if (!is_value(checker, value, what)) return;
  if (attribute == nullptr || !attribute->value) return;
  check_constraint(checker, value, what, *attribute->value);
  if (!attribute->element || value.type != Type::Sequence) return;
  for (const auto& item : value.items) {
    check_constraint(checker, *item, fmt::format("an element of {}", what), *attribute->element);
  }
}

}  // namespace sluice::flags
