#include "core/rollout/smoke_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>

#include "core/rollout/object_reader.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownBytes = 200;
/// Levels of a body that are read; deeper ones are no JSON for us.
constexpr std::size_t kDeepest = 100;

/// Control characters escaped, so that an answer cannot write over a terminal or break a line.
std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  return shown;
}

/// The first 200 bytes, never half a UTF-8 character.
std::string_view start_of(std::string_view text) {
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string shown_body(std::string_view body) {
  if (body.empty()) return "the body is empty";
  const std::string_view start = start_of(body);
  return fmt::format("the body {} {}", start.size() < body.size() ? "starts with" : "is", printable(start));
}

std::string shown_value(const json::value& value) {
  const std::string text = json::serialize(value);
  const std::string_view start = start_of(text);
  return printable(start) + (start.size() < text.size() ? "…" : "");
}

bool equal(const json::value& a, const json::value& b);

/// By value: 1, 1.0 and 1e0 are the same number. Whole numbers are compared exactly.
bool equal_numbers(const json::value& a, const json::value& b) {
  if (!a.is_double() && !b.is_double()) {
    if (a.is_int64() && b.is_int64()) return a.get_int64() == b.get_int64();
    if (a.is_uint64() && b.is_uint64()) return a.get_uint64() == b.get_uint64();
    return false;  // one is above the greatest int64, the other is not
  }
  return a.to_number<double>() == b.to_number<double>();
}

bool equal_arrays(const json::array& a, const json::array& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

bool equal_objects(const json::object& a, const json::object& b) {
  if (a.size() != b.size()) return false;
  for (const json::key_value_pair& member : a) {
    const json::value* other = b.if_contains(member.key());
    if (other == nullptr || !equal(member.value(), *other)) return false;
  }
  return true;
}

bool equal(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) return equal_arrays(a.get_array(), b.get_array());
  if (a.is_object()) return equal_objects(a.get_object(), b.get_object());
  return a == b;
}

/// The next reference token with ~1 and ~0 undone (RFC 6901, section 4); `pointer` loses it.
std::string take_token(std::string_view& pointer) {
  const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
  std::string token;
  for (std::size_t at = 1; at < end; ++at) {
    const bool escaped = pointer[at] == '~' && at + 1 < end;
    if (escaped) ++at;
    token += !escaped ? pointer[at] : pointer[at] == '1' ? '/' : '~';
  }
  pointer.remove_prefix(end);
  return token;
}

const json::value* item_of(const json::array& array, std::string_view token) {
  const bool leading_zero = token.size() > 1 && token.front() == '0';
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || stop != token.data() + token.size() || leading_zero) return nullptr;
  return index < array.size() ? &array[index] : nullptr;
}

/// The value at an RFC 6901 pointer, or null when the document has none there.
const json::value* value_at(const json::value& document, std::string_view pointer) {
  const json::value* value = &document;
  while (!pointer.empty() && value != nullptr) {
    if (pointer.front() != '/') return nullptr;
    const std::string token = take_token(pointer);
    if (const json::object* object = value->if_object()) {
      value = object->if_contains(token);
    } else if (const json::array* array = value->if_array()) {
      value = item_of(*array, token);
    } else {
      return nullptr;
    }
  }
  return value;
}

std::optional<json::value> parse_json(std::string_view text) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = kDeepest;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return std::nullopt;
  return value;
}

/// What is wrong with the answer, or nothing.
std::optional<std::string> problem_with_json(const JsonAssertion& assertion, const json::value& document) {
  const std::string_view pointer = assertion.pointer;
  const std::optional<json::value> expected = parse_json(assertion.expected);
  if (!expected) return fmt::format("the expected value at {} is not JSON: {}", pointer, assertion.expected);
  const json::value* found = value_at(document, pointer);
  const std::string place = pointer.empty() ? "the whole body" : fmt::format("{} in the body", printable(pointer));
  if (found == nullptr) return fmt::format("expected {} to be {}, and it is not there", place, shown_value(*expected));
  if (equal(*found, *expected)) return std::nullopt;
  return fmt::format("expected {} to be {}, got {}", place, shown_value(*expected), shown_value(*found));
}

std::optional<std::string> problem_with(const SmokeTest& test, const SmokeAnswer& answer) {
  if (answer.status != test.expected_status) {
    return fmt::format("expected status {}, got {}", test.expected_status, answer.status);
  }
  if (test.within && answer.latency > *test.within) {
    return fmt::format("expected an answer within {}ms, got it after {}ms", test.within->count(),
                       answer.latency.count());
  }
  if (test.json.empty()) return std::nullopt;
  const std::optional<json::value> document = parse_json(answer.body);
  if (!document) return "expected a JSON body, got none";
  for (const JsonAssertion& assertion : test.json) {
    if (auto problem = problem_with_json(assertion, *document)) return problem;
  }
  return std::nullopt;
}

}  // namespace

Status judge(const SmokeTest& test, const SmokeAnswer& answer) {
  const std::optional<std::string> problem = problem_with(test, answer);
  if (!problem) return {};
  return Error{ErrorKind::Failed, fmt::format("smoke test '{}' ({} {}): {}; {}", test.name, test.method, test.path,
                                              *problem, shown_body(answer.body))};
}

}  // namespace sluice::rollout
