#include "core/workflow/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// An object with at least so many members keeps an index of their names.
constexpr std::size_t kIndexFrom = 24;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// 0x and 0o numbers hold 32 bits and wrap to negative ones, as in the runner.
double parse_radix(std::string_view digits, int base) {
  std::uint32_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || error != std::errc{} || stop != end) return kNan;
  return static_cast<double>(static_cast<std::int32_t>(value));
}

double parse_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "Infinity") return negative ? -kInfinity : kInfinity;
  const bool starts_as_number = !text.empty() && (text.front() == '.' || (text.front() >= '0' && text.front() <= '9'));
  if (!starts_as_number) return kNan;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end) return kNan;
  if (error == std::errc::result_out_of_range) {
    // Too large is infinite, too small is zero; from_chars tells both alike.
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
    value = tiny ? 0 : kInfinity;
  } else if (error != std::errc{}) {
    return kNan;
  }
  return negative ? -value : value;
}

}  // namespace

Object::Object() = default;
Object::Object(Names names) : names_(names) {}
Object::Object(std::initializer_list<std::pair<std::string, Value>> members) {
  for (const auto& [name, value] : members) set(name, value);
}
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

std::string Object::index_key(std::string_view name) const {
  return names_ == Names::RespectCase ? std::string(name) : upper_case(name);
}

void Object::build_index() {
  index_.clear();
  if (members_.size() < kIndexFrom) return;
  for (std::size_t i = 0; i < members_.size(); ++i) index_.emplace(index_key(members_[i].first), i);
}

std::ptrdiff_t Object::index_of(std::string_view name) const {
  if (!index_.empty()) {
    const auto found = index_.find(index_key(name));
    return found == index_.end() ? -1 : static_cast<std::ptrdiff_t>(found->second);
  }
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::string& candidate = members_[i].first;
    if (names_ == Names::RespectCase ? candidate == name : equal_without_case(candidate, name)) {
      return static_cast<std::ptrdiff_t>(i);
    }
  }
  return -1;
}

const Value* Object::find(std::string_view name) const {
  const std::ptrdiff_t index = index_of(name);
  return index < 0 ? nullptr : &members_[static_cast<std::size_t>(index)].second;
}

void Object::set(std::string_view name, Value value) {
  const std::ptrdiff_t index = index_of(name);
  if (index >= 0) {
    members_[static_cast<std::size_t>(index)].second = std::move(value);
    return;
  }
  members_.emplace_back(std::string(name), std::move(value));
  if (!index_.empty()) {
    index_.emplace(index_key(name), members_.size() - 1);
  } else {
    build_index();
  }
}

void Object::erase(std::string_view name) {
  const std::ptrdiff_t index = index_of(name);
  if (index < 0) return;
  members_.erase(members_.begin() + index);
  build_index();
}

Value Value::operator[](std::string_view name) const {
  if (!is_object()) return {};
  const Value* found = object().find(name);
  return found == nullptr ? Value() : *found;
}

bool Value::is_same_as(const Value& other) const {
  if (is_array() && other.is_array()) return &array() == &other.array();
  return is_object() && other.is_object() && &object() == &other.object();
}

bool operator==(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::Null: return true;
    case Kind::Boolean: return left.boolean() == right.boolean();
    case Kind::Number: return left.number() == right.number();
    case Kind::String: return left.string() == right.string();
    case Kind::Array: return left.array() == right.array();
    case Kind::Object: return left.object().members() == right.object().members();
  }
  std::unreachable();
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Null: return "null";
    case Kind::Boolean: return "boolean";
    case Kind::Number: return "number";
    case Kind::String: return "string";
    case Kind::Array: return "array";
    case Kind::Object: return "object";
  }
  std::unreachable();
}

std::string format_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  if (number == 0) return "0";
  return fmt::format("{:.15G}", number);
}

double parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return 0;
  if (text.starts_with("0x")) return parse_radix(text.substr(2), 16);
  if (text.starts_with("0o")) return parse_radix(text.substr(2), 8);
  return parse_decimal(text);
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case Kind::Null: return {};
    case Kind::Boolean: return value.boolean() ? "true" : "false";
    case Kind::Number: return format_number(value.number());
    case Kind::String: return value.string();
    case Kind::Array: return "Array";
    case Kind::Object: return "Object";
  }
  std::unreachable();
}

double to_number(const Value& value) {
  switch (value.kind()) {
    case Kind::Null: return 0;
    case Kind::Boolean: return value.boolean() ? 1 : 0;
    case Kind::Number: return value.number();
    case Kind::String: return parse_number(value.string());
    case Kind::Array:
    case Kind::Object: return kNan;
  }
  std::unreachable();
}

bool is_truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::Null: return false;
    case Kind::Boolean: return value.boolean();
    case Kind::Number: return value.number() != 0 && !std::isnan(value.number());
    case Kind::String: return !value.string().empty();
    case Kind::Array:
    case Kind::Object: return true;
  }
  std::unreachable();
}

}  // namespace sluice::workflow
