#include "core/config/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/nearest_name.h"
#include "core/config/starter_aws.h"

namespace sluice::config {
namespace {

using yaml::Node;
using yaml::Type;

/// `'12'`, `a list`: what stands there, short enough for one line.
std::string written(const Node& node) {
  constexpr std::size_t kLongest = 60;
  if (!node.is_scalar() || node.type == Type::Null) return std::string(yaml::describe(node.type));
  if (node.text.size() > kLongest || node.text.find_first_of("\r\n") != std::string::npos) return "this text";
  return fmt::format("'{}'", node.text);
}

/// True when a value of this YAML type belongs to the shape, whatever its content.
bool takes(const Shape& shape, Type type) {
  struct Visitor {
    Type type;
    bool operator()(const FormedText&) const { return type == Type::String; }
    bool operator()(const DurationShape&) const { return type == Type::String; }
    bool operator()(const WholeNumber&) const { return type == Type::Integer; }
    bool operator()(const Number&) const { return type == Type::Integer || type == Type::Float; }
    bool operator()(const Flag&) const { return type == Type::Boolean; }
    bool operator()(const Choice&) const { return type == Type::String; }
    bool operator()(const ListOf&) const { return type == Type::Sequence; }
    bool operator()(const MapOf&) const { return type == Type::Mapping; }
    bool operator()(const Object&) const { return type == Type::Mapping; }
    bool operator()(const Either& either) const {
      return std::ranges::any_of(either.options, [&](const ShapePointer& option) { return takes(*option, type); });
    }
    bool operator()(const AnyScalar&) const {
      return type != Type::Mapping && type != Type::Sequence && type != Type::Null;
    }
    bool operator()(const AnyJson&) const { return true; }
  };
  return std::visit(Visitor{type}, shape.of);
}

std::string_view example_of(const Shape& shape) {
  if (const auto* text = std::get_if<FormedText>(&shape.of)) return text->form->example;
  if (std::holds_alternative<DurationShape>(shape.of)) return form::kDuration.example;
  if (const auto* either = std::get_if<Either>(&shape.of)) return example_of(*either->options.front());
  return {};
}

class Checker {
 public:
  explicit Checker(std::string_view file) : file_(file) {}

  void check_value(const Node& node, const Shape& shape, std::string_view key) {
    if (takes(shape, node.type)) {
      std::visit([&](const auto& of) { check(node, of, key); }, shape.of);
      return;
    }
    report_type(node, shape, key);
  }

  Checked take() { return std::move(checked_); }

 private:
  void report(const Node& node, std::string message) {
    checked_.bad.insert(&node);
    report_at(node.begin, std::move(message));
  }
  void report_at(Position at, std::string message) {
    checked_.findings.push_back(Finding{Severity::Error, file_, at, std::move(message)});
  }

  void report_type(const Node& node, const Shape& shape, std::string_view key) {
    const std::string_view example = example_of(shape);
    std::string message = fmt::format("'{}' must be {}", key, describe(shape));
    if (!example.empty()) message += fmt::format(", like {}", example);
    if (node.type == Type::Null) {
      message += "; it has no value";
    } else if (std::holds_alternative<FormedText>(shape.of) && node.is_scalar() && text_fits(shape, node.text)) {
      message = fmt::format("'{}' must be text: put it in quotes, \"{}\"", key, node.text);
    } else {
      message += fmt::format(", not {}", written(node));
    }
    report(node, std::move(message));
  }

  static bool text_fits(const Shape& shape, std::string_view text) {
    return !std::get<FormedText>(shape.of).form->check(text);
  }

  void check_form(const Node& node, const Form& form, std::string_view key) {
    const std::optional<std::string> problem = form.check(node.text);
    if (!problem) return;
    if (node.text.empty()) {
      return report(node, fmt::format("'{}' is empty: it must be {}, like {}", key, form.what, form.example));
    }
    if (node.text.starts_with(kPlaceholder)) return report_placeholder(node, key);
    report(node, problem->empty()
                     ? fmt::format("'{}' must be {}, like {}, not {}", key, form.what, form.example, written(node))
                     : fmt::format("'{}' cannot be {}: {}", key, written(node), *problem));
  }

  void report_placeholder(const Node& node, std::string_view key) {
    report(node, fmt::format("'{}' is not filled in yet: the output '{}' of infrastructure/ belongs here, which `aws "
                             "cloudformation describe-stacks` or `terraform output` tells once it has been made",
                             key, node.text.substr(kPlaceholder.size())));
  }

  void check(const Node& node, const FormedText& text, std::string_view key) { check_form(node, *text.form, key); }

  void check(const Node& node, const DurationShape& shape, std::string_view key) {
    if (form::kDuration.check(node.text)) return check_form(node, form::kDuration, key);
    const Milliseconds span = *parse_duration(node.text);
    if (span >= shape.least && span <= shape.most) return;
    report(node, fmt::format("'{}' must lie between {} and {}, not {}", key, format_duration(shape.least),
                             format_duration(shape.most), written(node)));
  }

  void check(const Node& node, const WholeNumber& shape, std::string_view key) {
    if (node.integer >= shape.least && node.integer <= shape.most) return;
    if (shape.least == shape.most) {
      return report(node, fmt::format("'{}' must be {}, not {}", key, shape.least, written(node)));
    }
    report(node, fmt::format("'{}' must lie between {} and {}, not {}", key, shape.least, shape.most, written(node)));
  }

  void check(const Node& node, const Number& shape, std::string_view key) {
    if (node.number >= shape.least && node.number <= shape.most) return;  // not so for NaN
    report(node, fmt::format("'{}' must lie between {} and {}, not {}", key, shape.least, shape.most, written(node)));
  }

  void check(const Node&, const Flag&, std::string_view) {}
  void check(const Node&, const AnyScalar&, std::string_view) {}

  void check(const Node& node, const Choice& choice, std::string_view key) {
    if (std::ranges::find(choice.names, node.text) != choice.names.end()) return;
    const bool is_later = std::ranges::find(choice.later, node.text) != choice.later.end();
    if (is_later) {
      return report(node, fmt::format("'{}: {}' is not supported yet by this version of sluice: it supports {}", key,
                                      node.text, fmt::join(choice.names, ", ")));
    }
    report(node, fmt::format("'{}' cannot be {}{}", key, written(node), hint(node.text, choice.names)));
  }

  void check(const Node& node, const ListOf& list, std::string_view key) {
    if (node.items.size() < list.least) return report(node, fmt::format("'{}' is empty", key));
    for (const auto& item : node.items) check_value(*item, *list.item, key);
  }

  void check(const Node& node, const MapOf& map, std::string_view key) {
    if (node.members.size() < map.least) return report(node, fmt::format("'{}' is empty", key));
    for (const yaml::Member& member : node.members) {
      if (const auto problem = map.key->check(member.key)) {
        report_at(member.key_at,
                  fmt::format("'{}' cannot be the name of {}: {}", member.key, map.noun,
                              problem->empty() ? fmt::format("it must be {}, like {}", map.key->what, map.key->example)
                                               : *problem));
        checked_.bad.insert(member.value.get());
        continue;
      }
      check_value(*member.value, *map.value, member.key);
    }
  }

  void check(const Node& node, const Object& object, std::string_view) {
    bool unknown = false;
    for (const yaml::Member& member : node.members) {
      const auto field = std::ranges::find(object.fields, member.key, &Field::name);
      if (field == object.fields.end()) {
        report_unknown(member, object);
        unknown = true;
      } else if (field->presence == Presence::Later) {
        checked_.bad.insert(member.value.get());
        report_at(member.key_at,
                  fmt::format("'{}' is not supported yet by this version of sluice: leave it out", member.key));
        unknown = true;
      } else {
        check_value(*member.value, *field->shape, member.key);
      }
    }
    // A misspelt key is told once, not also as the absence of what was meant.
    if (!unknown) check_presence(node, object);
    check_combinations(node, object);
  }

  void report_unknown(const yaml::Member& member, const Object& object) {
    std::vector<std::string_view> names;
    for (const Field& field : object.fields) {
      if (field.presence != Presence::Later) names.push_back(field.name);
    }
    checked_.bad.insert(member.value.get());
    report_at(member.key_at,
              fmt::format("'{}' is not a key of {}{}", member.key, object.noun, hint(member.key, names)));
  }

  void check_presence(const Node& node, const Object& object) {
    for (const Field& field : object.fields) {
      if (field.presence != Presence::Required || node.find(field.name) != nullptr) continue;
      report(node, fmt::format("'{}' is missing in {}", field.name, object.noun));
    }
    const bool none = std::ranges::none_of(object.exactly_one, [&](auto key) { return node.find(key) != nullptr; });
    if (none && !object.exactly_one.empty()) {
      report(node, fmt::format("{} needs one of {}", object.noun, fmt::join(object.exactly_one, ", ")));
    }
  }

  void check_combinations(const Node& node, const Object& object) {
    check_at_most_one(node, object.exactly_one);
    check_at_most_one(node, object.at_most_one);
    for (const auto& [key, needed] : object.needs) {
      const yaml::Member* member = node.find_member(key);
      if (member == nullptr || node.find(needed) != nullptr) continue;
      checked_.bad.insert(&node);
      report_at(member->key_at, fmt::format("'{}' needs '{}' beside it", key, needed));
    }
  }

  void check_at_most_one(const Node& node, const std::vector<std::string_view>& keys) {
    const yaml::Member* first = nullptr;
    for (const yaml::Member& member : node.members) {
      if (std::ranges::find(keys, member.key) == keys.end()) continue;
      if (first != nullptr) {
        checked_.bad.insert(&node);
        report_at(member.key_at, fmt::format("'{}' and '{}' exclude each other", first->key, member.key));
        return;
      }
      first = &member;
    }
  }

  void check(const Node& node, const Either& either, std::string_view key) {
    for (const ShapePointer& option : either.options) {
      if (takes(*option, node.type)) return check_value(node, *option, key);
    }
  }

  void check(const Node& node, const AnyJson& any, std::string_view key) {
    if (node.type == Type::Float && !std::isfinite(node.number)) {
      return report(node, fmt::format("'{}': JSON has no number {}", key, written(node)));
    }
    for (const auto& item : node.items) check(*item, any, key);
    for (const auto& member : node.members) check(*member.value, any, member.key);
  }

  /// `: did you mean 'image'?`, or all valid names.
  static std::string hint(std::string_view name, std::span<const std::string_view> valid) {
    if (const auto nearest = nearest_name(name, valid)) return fmt::format(": did you mean '{}'?", *nearest);
    return fmt::format(": valid {} {}", valid.size() == 1 ? "is" : "are", fmt::join(valid, ", "));
  }

  std::string file_;
  Checked checked_;
};

}  // namespace

Checked check(const Node& root, const Shape& shape, std::string_view file) {
  Checker checker(file);
  checker.check_value(root, shape, "the file");
  return checker.take();
}

}  // namespace sluice::config
