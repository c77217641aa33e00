#include "core/yaml/document.h"

#include <fmt/format.h>
#include <yaml.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace sluice::yaml {
namespace {

Position position(const yaml_mark_t& mark) {
  return Position{static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string_view text_of(const yaml_char_t* text, std::size_t length) {
  return {reinterpret_cast<const char*>(text), length};
}

bool parse_integer(std::string_view text, Node& node) {
  std::string_view digits = text;
  int base = 10;
  bool negative = false;
  if (digits.starts_with("0o") || digits.starts_with("0x")) {
    base = digits[1] == 'o' ? 8 : 16;
    digits.remove_prefix(2);
  } else if (digits.starts_with('+') || digits.starts_with('-')) {
    negative = digits.front() == '-';
    digits.remove_prefix(1);
  }
  if (digits.empty() || digits.front() == '-' || digits.front() == '+') return false;
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, magnitude, base);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error != std::errc{} || stop != end || magnitude > kMost) return false;
  node.integer = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  node.number = static_cast<double>(node.integer);
  return true;
}

bool parse_float(std::string_view text, Node& node) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF") {
    node.number = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return true;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    node.number = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  const bool starts_as_number = !rest.empty() && (rest.front() == '.' || (rest.front() >= '0' && rest.front() <= '9'));
  if (!starts_as_number || rest == ".") return false;
  double value = 0;
  const char* end = rest.data() + rest.size();
  auto [stop, error] = std::from_chars(rest.data(), end, value);
  if (stop != end || (error != std::errc{} && error != std::errc::result_out_of_range)) return false;
  node.number = negative ? -value : value;
  return true;
}

void resolve_plain(Node& node) {
  const std::string_view text = node.text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    node.type = Type::Null;
  } else if (text == "true" || text == "True" || text == "TRUE") {
    node.type = Type::Boolean;
    node.boolean = true;
  } else if (text == "false" || text == "False" || text == "FALSE") {
    node.type = Type::Boolean;
  } else if (parse_integer(text, node)) {
    node.type = Type::Integer;
  } else if (parse_float(text, node)) {
    node.type = Type::Float;
  } else {
    node.type = Type::String;
  }
}

/// Thrown out of the recursive composer at the first finding; caught in `parse`.
struct Stop {};

class Composer {
 public:
  Composer(std::string_view text, std::string_view file, const Limits& limits) : file_(file), limits_(limits) {
    yaml_parser_initialize(&parser_);
    const char* first = text.data() == nullptr ? "" : text.data();  // libyaml takes no null pointer, even for no bytes
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(first), text.size());
  }
  ~Composer() {
    drop_event();
    yaml_parser_delete(&parser_);
  }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  NodePointer compose_document() {
    next();  // stream start
    next();
    if (event_.type == YAML_STREAM_END_EVENT) {
      auto empty = std::make_shared<Node>();
      empty->begin = empty->end = Position{1, 1};
      return empty;
    }
    next();  // the document's first node
    NodePointer root = compose(0);
    next();  // document end
    next();
    if (event_.type != YAML_STREAM_END_EVENT) {
      fail(position(event_.start_mark), "a second document starts here: one file holds one document");
    }
    return root;
  }

  Findings take_findings() { return std::move(findings_); }

 private:
  [[noreturn]] void fail(Position at, std::string message) {
    findings_.push_back(Finding{Severity::Error, std::string(file_), at, std::move(message)});
    throw Stop{};
  }

  void drop_event() {
    if (std::exchange(has_event_, false)) yaml_event_delete(&event_);
  }

  void next() {
    drop_event();
    if (yaml_parser_parse(&parser_, &event_) == 0) fail_with_parser_error();
    has_event_ = true;
  }

  [[noreturn]] void fail_with_parser_error() {
    std::string message = parser_.problem != nullptr ? parser_.problem : "this is not YAML";
    if (parser_.context != nullptr) {
      message += fmt::format(" ({}", parser_.context);
      const Position context = position(parser_.context_mark);
      if (parser_.context_mark.line != 0 || parser_.context_mark.column != 0) {
        message += fmt::format(" at {}:{}", context.line, context.column);
      }
      message += ")";
    }
    if (parser_.error == YAML_READER_ERROR) {
      // The reader reports a byte offset only, and the marks are those of the last token.
      fail(position(parser_.mark), fmt::format("{} at byte {}", message, parser_.problem_offset));
    }
    fail(position(parser_.problem_mark), std::move(message));
  }

  void count(std::size_t nodes, Position at) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) {
      fail(at, fmt::format("the file has more than {} values once its aliases are expanded", limits_.nodes));
    }
  }

  void refuse_tag(const yaml_char_t* tag, Position at) {
    if (tag == nullptr) return;
    fail(at,
         fmt::format("the tag '{}' is not supported: write the value without it", reinterpret_cast<const char*>(tag)));
  }

  std::string anchor_of(const yaml_char_t* anchor) const {
    return anchor == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(anchor));
  }

  NodePointer compose(int depth) {
    const Position at = position(event_.start_mark);
    if (depth > limits_.depth) fail(at, fmt::format("the file is nested deeper than {} levels", limits_.depth));
    switch (event_.type) {
      case YAML_ALIAS_EVENT: return compose_alias(at);
      case YAML_SCALAR_EVENT: return compose_scalar(at);
      case YAML_SEQUENCE_START_EVENT: return compose_sequence(at, depth);
      case YAML_MAPPING_START_EVENT: return compose_mapping(at, depth);
      default: fail(at, "a value was expected here");
    }
  }

  struct Anchored {
    NodePointer node;  ///< Null while its own content is being read.
    std::size_t nodes = 0;
  };

  NodePointer compose_alias(Position at) {
    const std::string name = anchor_of(event_.data.alias.anchor);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) fail(at, fmt::format("the alias *{} names no anchor above it", name));
    if (!found->second.node) fail(at, fmt::format("the alias *{} stands inside the value that it names", name));
    count(found->second.nodes, at);
    auto copy = std::make_shared<Node>(*found->second.node);
    copy->begin = at;
    copy->end = position(event_.end_mark);
    return copy;
  }

  NodePointer compose_scalar(Position at) {
    const auto& scalar = event_.data.scalar;
    refuse_tag(scalar.tag, at);
    count(1, at);
    auto node = std::make_shared<Node>();
    node->begin = at;
    node->end = position(event_.end_mark);
    node->text = text_of(scalar.value, scalar.length);
    node->quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->block_literal = scalar.style == YAML_LITERAL_SCALAR_STYLE || scalar.style == YAML_FOLDED_SCALAR_STYLE;
    node->type = Type::String;
    if (!node->quoted) resolve_plain(*node);
    remember(anchor_of(scalar.anchor), node, 1);
    return node;
  }

  NodePointer compose_sequence(Position at, int depth) {
    const std::string anchor = anchor_of(event_.data.sequence_start.anchor);
    refuse_tag(event_.data.sequence_start.tag, at);
    const std::size_t before = nodes_;
    count(1, at);
    remember(anchor, nullptr, 0);
    auto node = std::make_shared<Node>();
    node->type = Type::Sequence;
    node->begin = at;
    for (next(); event_.type != YAML_SEQUENCE_END_EVENT; next()) node->items.push_back(compose(depth + 1));
    node->end = position(event_.end_mark);
    remember(anchor, node, nodes_ - before);
    return node;
  }

  NodePointer compose_mapping(Position at, int depth) {
    const std::string anchor = anchor_of(event_.data.mapping_start.anchor);
    refuse_tag(event_.data.mapping_start.tag, at);
    const std::size_t before = nodes_;
    count(1, at);
    remember(anchor, nullptr, 0);
    auto node = std::make_shared<Node>();
    node->type = Type::Mapping;
    node->begin = at;
    std::map<std::string, Position, std::less<>> seen;
    for (next(); event_.type != YAML_MAPPING_END_EVENT; next()) {
      Member member = compose_key();
      if (auto [first, is_new] = seen.emplace(member.key, member.key_at); !is_new) {
        fail(member.key_at, fmt::format("'{}' is here twice: it was first written at {}:{}", member.key,
                                        first->second.line, first->second.column));
      }
      next();
      member.value = compose(depth + 1);
      node->members.push_back(std::move(member));
    }
    node->end = position(event_.end_mark);
    remember(anchor, node, nodes_ - before);
    return node;
  }

  Member compose_key() {
    const Position at = position(event_.start_mark);
    if (event_.type != YAML_SCALAR_EVENT) fail(at, "a key must be plain text");
    refuse_tag(event_.data.scalar.tag, at);
    count(1, at);
    Member member;
    member.key = text_of(event_.data.scalar.value, event_.data.scalar.length);
    member.key_at = at;
    const bool merge = member.key == "<<" && event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (merge) fail(at, "merge keys (<<) are not supported: repeat the values, or use an alias for the whole mapping");
    return member;
  }

  void remember(const std::string& anchor, NodePointer node, std::size_t nodes) {
    if (!anchor.empty()) anchors_[anchor] = Anchored{std::move(node), nodes};
  }

  std::string_view file_;
  Limits limits_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool has_event_ = false;
  std::size_t nodes_ = 0;
  std::map<std::string, Anchored> anchors_;
  Findings findings_;
};

}  // namespace

const Member* Node::find_member(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Member* member = find_member(key);
  return member == nullptr ? nullptr : member->value.get();
}

Parsed parse(std::string_view text, std::string_view file, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return Parsed{nullptr,
                  {Finding{Severity::Error, std::string(file), Position{1, 1},
                           fmt::format("the file has {} bytes; at most {} are read", text.size(), limits.bytes)}}};
  }
  Composer composer(text, file, limits);
  try {
    return Parsed{composer.compose_document(), {}};
  } catch (const Stop&) {
    return Parsed{nullptr, composer.take_findings()};
  }
}

std::string_view describe(Type type) {
  switch (type) {
    case Type::Null: return "nothing";
    case Type::Boolean: return "true or false";
    case Type::Integer: return "a whole number";
    case Type::Float: return "a number";
    case Type::String: return "text";
    case Type::Sequence: return "a list";
    case Type::Mapping: return "a mapping";
  }
  std::unreachable();
}

}  // namespace sluice::yaml
