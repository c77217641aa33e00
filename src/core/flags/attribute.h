// An attribute of a flag: what its values may be.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/flags/checker.h"

namespace sluice::flags {

enum class AttributeType { Text, Number, Flag, Array };

/// What a value, or an element of an array, must be like.
struct Constraint {
  AttributeType type = AttributeType::Text;
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  const yaml::Node* pattern = nullptr;     ///< A text.
  std::vector<const yaml::Node*> choices;  ///< Texts and whole numbers; empty: any.
};

struct Attribute {
  std::string_view name;
  bool is_required = false;
  std::optional<Constraint> value;    ///< Nothing: any value.
  std::optional<Constraint> element;  ///< Of an array; nothing: any.
};

/// The members of `attributes`; what is wrong with them is reported. The document must outlive the answer.
std::vector<Attribute> read_attributes(Checker& checker, const yaml::Node& node, std::string_view flag);

/// Reports what is no value of any attribute, or none of this one. `attribute` may be null: not defined.
void check_value(Checker& checker, const yaml::Node& value, std::string_view what, const Attribute* attribute);

}  // namespace sluice::flags
