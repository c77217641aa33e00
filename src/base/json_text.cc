#include "base/json_text.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

namespace sluice {
namespace {

namespace json = boost::json;

constexpr double kLeastDecimal = 1e-6;
constexpr double kMostDecimal = 1e16;

void append(std::string& text, double number) {
  if (!std::isfinite(number)) {
    text += "null";
    return;
  }
  const double size = std::fabs(number);
  const bool decimal = number == 0 || (size >= kLeastDecimal && size < kMostDecimal);
  const auto form = decimal ? std::chars_format::fixed : std::chars_format::scientific;
  std::array<char, 40> buffer{};
  // Without a precision: the fewest digits that read back as the same number.
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, form).ptr;
  text.append(buffer.data(), end);
}

void append(std::string& text, const json::value& value) {
  if (const auto* number = value.if_double()) {
    append(text, *number);
  } else if (const auto* object = value.if_object()) {
    text += '{';
    for (const auto& [key, member] : *object) {
      if (text.back() != '{') text += ',';
      text += json::serialize(key);
      text += ':';
      append(text, member);
    }
    text += '}';
  } else if (const auto* array = value.if_array()) {
    text += '[';
    for (const auto& item : *array) {
      if (text.back() != '[') text += ',';
      append(text, item);
    }
    text += ']';
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::string to_json_text(const json::value& value) {
  std::string text;
  append(text, value);
  return text;
}

}  // namespace sluice
