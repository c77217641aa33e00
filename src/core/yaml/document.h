// A YAML 1.2 document with the exact place of every key, value and alias. Built from libyaml's events: libyaml's
// own document API and yaml-cpp lose alias positions, read `on` as true, or load cycles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/position.h"
#include "base/result.h"

namespace sluice::yaml {

/// YAML 1.2 core schema. Only plain (unquoted) scalars are anything but strings: `on`, `yes` and `012` are the
/// string, the string and the number 12.
enum class Type { Null, Boolean, Integer, Float, String, Sequence, Mapping };

struct Node;
using NodePointer = std::shared_ptr<const Node>;

struct Member {
  std::string key;
  Position key_at;
  NodePointer value;
};

struct Node {
  Type type = Type::Null;
  Position begin;  ///< For a value that came by an alias: the place of the `*alias`.
  Position end;
  std::string text;  ///< A scalar's text as written (escapes and folding applied).
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;           ///< Set for Integer too.
  bool quoted = false;         ///< The scalar was quoted or a block scalar.
  bool block_literal = false;  ///< A `|` or `>` scalar: its text starts on the line after `begin`.
  std::vector<NodePointer> items;
  std::vector<Member> members;  ///< In the order of the file; keys are unique.

  bool is_scalar() const { return type != Type::Sequence && type != Type::Mapping; }
  /// The member's value, or nullptr.
  const Node* find(std::string_view key) const;
  const Member* find_member(std::string_view key) const;
};

struct Limits {
  std::size_t bytes = 4u << 20;
  int depth = 100;
  std::size_t nodes = 200'000;  ///< Counted with every alias expanded.
};

/// Reads the only document of `text`. An empty text is a Null node at 1:1.
/// The error's findings name each syntax error, duplicate key (both places), unknown or cyclic anchor, explicit
/// tag, non-scalar key, and each limit that was passed.
struct Parsed {
  NodePointer root;  ///< Null when `findings` has errors.
  Findings findings;
};
Parsed parse(std::string_view text, std::string_view file, const Limits& limits = {});

/// `a mapping`, `a list`, `a string`, … for messages.
std::string_view describe(Type type);

}  // namespace sluice::yaml
