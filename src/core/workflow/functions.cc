#include "core/workflow/functions.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "core/workflow/json.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array kCommon{
    FunctionSignature{"contains", 2, 2},  FunctionSignature{"startswith", 2, 2}, FunctionSignature{"endswith", 2, 2},
    FunctionSignature{"format", 1, kAny}, FunctionSignature{"join", 1, 2},       FunctionSignature{"tojson", 1, 1},
    FunctionSignature{"fromjson", 1, 1},  FunctionSignature{"case", 3, kAny},
};
constexpr std::array kSpecial{
    FunctionSignature{"always", 0, 0},       FunctionSignature{"success", 0, kAny},
    FunctionSignature{"failure", 0, kAny},   FunctionSignature{"cancelled", 0, 0},
    FunctionSignature{"hashfiles", 1, kAny},
};

bool contains(const Value& where, const Value& what) {
  if (where.is_array()) {
    for (const Value& item : where.array()) {
      if (loosely_equal(item, what)) return true;
    }
    return false;
  }
  if (!where.is_primitive() || !what.is_primitive()) return false;
  return upper_case(to_text(where)).find(upper_case(to_text(what))) != std::string::npos;
}

bool starts_with(const Value& text, const Value& beginning) {
  if (!text.is_primitive() || !beginning.is_primitive()) return false;
  return upper_case(to_text(text)).starts_with(upper_case(to_text(beginning)));
}

bool ends_with(const Value& text, const Value& end) {
  if (!text.is_primitive() || !end.is_primitive()) return false;
  return upper_case(to_text(text)).ends_with(upper_case(to_text(end)));
}

std::string join(std::span<const Value> arguments) {
  const Value& items = arguments[0];
  if (items.is_primitive()) return to_text(items);
  if (!items.is_array()) return {};
  const bool given = arguments.size() > 1 && arguments[1].is_primitive();
  const std::string separator = given ? to_text(arguments[1]) : ",";
  std::string out;
  for (std::size_t i = 0; i < items.array().size(); ++i) {
    if (i > 0) out += separator;
    out += to_text(items.array()[i]);
  }
  return out;
}

Error bad_format(const std::string& format, std::string_view why) {
  return Error{ErrorKind::InvalidInput, fmt::format("format(): the format '{}' {}", format, why)};
}

/// `{0}` is the first argument after the format; `{{` and `}}` are single braces.
Result<Value> format(std::span<const Value> arguments) {
  const std::string text = to_text(arguments[0]);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    if (c == '}') return bad_format(text, "has a '}' without a '{'; a brace itself is written '}}'");
    const std::size_t close = text.find('}', i);
    if (close == std::string::npos) {
      return bad_format(text, "has a '{' without a '}'; a brace itself is written '{{'");
    }
    const std::string_view number = std::string_view(text).substr(i + 1, close - i - 1);
    std::size_t index = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (number.empty() || error != std::errc{} || stop != number.data() + number.size()) {
      return bad_format(text, fmt::format("has '{{{}}}', which is no number of an argument", number));
    }
    if (index >= arguments.size() - 1) {
      return bad_format(text,
                        fmt::format("names the argument {{{}}}, but there are only {}", index, arguments.size() - 1));
    }
    out += to_text(arguments[index + 1]);
    i = close;
  }
  return Value(std::move(out));
}

Result<Value> from_json(const Value& text) {
  auto parsed = parse_json(to_text(text));
  if (!parsed) return with_context(std::move(parsed), "fromJSON()");
  return parsed;
}

/// `case(condition, value, condition, value, …, otherwise)`.
Result<Value> choose(std::span<const Value> arguments) {
  if (arguments.size() % 2 == 0) {
    return Error{ErrorKind::InvalidInput,
                 "case(): takes pairs of condition and value and one value for all else: an odd number of arguments"};
  }
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (arguments[i].kind() != Kind::Boolean) {
      return Error{ErrorKind::InvalidInput, fmt::format("case(): condition {} is a {}, not true or false", i / 2 + 1,
                                                        to_string(arguments[i].kind()))};
    }
    if (arguments[i].boolean()) return arguments[i + 1];
  }
  return arguments.back();
}

/// Both operands as they are compared.
struct Operands {
  Value left;
  Value right;
};

bool is_number_like(const Value& value) { return value.kind() == Kind::Boolean || value.kind() == Kind::Null; }

Operands coerce(Value left, Value right) {
  if (left.kind() == right.kind()) return {std::move(left), std::move(right)};
  if (is_number_like(left)) return coerce(to_number(left), std::move(right));
  if (is_number_like(right)) return coerce(std::move(left), to_number(right));
  if (left.kind() == Kind::Number && right.is_string()) return {std::move(left), to_number(right)};
  if (left.is_string() && right.kind() == Kind::Number) return {to_number(left), std::move(right)};
  return {std::move(left), std::move(right)};
}

}  // namespace

std::span<const FunctionSignature> common_functions() { return kCommon; }
std::span<const FunctionSignature> special_functions() { return kSpecial; }

bool loosely_equal(const Value& raw_left, const Value& raw_right) {
  const auto [left, right] = coerce(raw_left, raw_right);
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::Null: return true;
    case Kind::Boolean: return left.boolean() == right.boolean();
    case Kind::Number: return left.number() == right.number();
    case Kind::String: return equal_without_case(left.string(), right.string());
    case Kind::Array:
    case Kind::Object: return left.is_same_as(right);
  }
  std::unreachable();
}

bool loosely_less(const Value& raw_left, const Value& raw_right) {
  const auto [left, right] = coerce(raw_left, raw_right);
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::Boolean: return !left.boolean() && right.boolean();
    case Kind::Number: return left.number() < right.number();
    case Kind::String: return compare_without_case(left.string(), right.string()) < 0;
    case Kind::Null:
    case Kind::Array:
    case Kind::Object: return false;
  }
  std::unreachable();
}

Result<Value> call_function(std::string_view function, std::span<const Value> arguments) {
  if (function == "contains") return Value(contains(arguments[0], arguments[1]));
  if (function == "startswith") return Value(starts_with(arguments[0], arguments[1]));
  if (function == "endswith") return Value(ends_with(arguments[0], arguments[1]));
  if (function == "format") return format(arguments);
  if (function == "join") return Value(join(arguments));
  if (function == "tojson") return Value(to_json(arguments[0]));
  if (function == "fromjson") return from_json(arguments[0]);
  if (function == "case") return choose(arguments);
  return Error{ErrorKind::InvalidInput, fmt::format("there is no function {}()", function)};
}

}  // namespace sluice::workflow
