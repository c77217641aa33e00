#include "core/rollout/object_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>

namespace sluice::rollout {
namespace {

namespace json = boost::json;

std::string_view describe(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "true or false";
    case json::kind::int64:
    case json::kind::uint64: return "a whole number";
    case json::kind::double_: return "a number";
    case json::kind::string: return "text";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
  }
  std::unreachable();
}

std::string text_of(const json::string& text) { return {text.data(), text.size()}; }

}  // namespace

std::string pointer_token(std::string_view name) {
  std::string token;
  for (char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

ObjectReader::ObjectReader(const json::value& value, std::string path)
    : object_(value.if_object()), path_(std::move(path)) {
  if (object_ != nullptr) return;
  error_ = Error{ErrorKind::InvalidInput,
                 fmt::format("'{}' must be an object, not {}", path_.empty() ? "/" : path_, describe(value))};
}

void ObjectReader::read(std::string_view name, std::string& out) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_string()) return fail(name, fmt::format("must be text, not {}", describe(*value)));
  out = text_of(value->get_string());
}

void ObjectReader::read(std::string_view name, bool& out) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_bool()) return fail(name, fmt::format("must be true or false, not {}", describe(*value)));
  out = value->get_bool();
}

void ObjectReader::read(std::string_view name, int& out) {
  long number = 0;
  read(name, number);
  if (error_) return;
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    return fail(name, fmt::format("is out of range: {}", number));
  }
  out = static_cast<int>(number);
}

void ObjectReader::read(std::string_view name, long& out) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_int64()) return fail(name, fmt::format("must be a whole number, not {}", describe(*value)));
  out = value->get_int64();
}

void ObjectReader::read(std::string_view name, double& out) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_number()) return fail(name, fmt::format("must be a number, not {}", describe(*value)));
  out = value->to_number<double>();
}

void ObjectReader::read(std::string_view name, Milliseconds& out) {
  long count = 0;
  read(name, count);
  if (!error_) out = Milliseconds{count};
}

void ObjectReader::read(std::string_view name, std::vector<std::string>& out) {
  out.clear();
  visit_items(name, [&](const json::value& value, const std::string& path) -> Status {
    if (!value.is_string()) {
      return Error{ErrorKind::InvalidInput, fmt::format("'{}' must be text, not {}", path, describe(value))};
    }
    out.push_back(text_of(value.get_string()));
    return {};
  });
}

void ObjectReader::read(std::string_view name, std::map<std::string, std::string>& out) {
  out.clear();
  visit_members(name, [&](std::string key, const json::value& value, const std::string& path) -> Status {
    if (!value.is_string()) {
      return Error{ErrorKind::InvalidInput, fmt::format("'{}' must be text, not {}", path, describe(value))};
    }
    out.emplace(std::move(key), text_of(value.get_string()));
    return {};
  });
}

bool ObjectReader::has(std::string_view name) const {
  return object_ != nullptr && object_->if_contains({name.data(), name.size()}) != nullptr;
}

bool ObjectReader::take_null(std::string_view name) {
  const json::value* value = take(name);
  return value != nullptr && value->is_null();
}

const json::value* ObjectReader::take(std::string_view name) {
  if (error_) return nullptr;
  const json::value* value = object_->if_contains({name.data(), name.size()});
  if (value == nullptr) {
    fail(name, "is missing");
    return nullptr;
  }
  taken_.emplace_back(name);
  return value;
}

void ObjectReader::visit(std::string_view name, const Visit& visit_one) {
  if (const json::value* value = take(name)) keep(visit_one(*value, path_to(name)));
}

void ObjectReader::visit_items(std::string_view name, const Visit& visit_one) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_array()) return fail(name, fmt::format("must be a list, not {}", describe(*value)));
  std::size_t index = 0;
  for (const json::value& item : value->get_array()) {
    keep(visit_one(item, fmt::format("{}/{}", path_to(name), index++)));
    if (error_) return;
  }
}

void ObjectReader::visit_members(std::string_view name, const VisitMember& visit_one) {
  const json::value* value = take(name);
  if (value == nullptr) return;
  if (!value->is_object()) return fail(name, fmt::format("must be an object, not {}", describe(*value)));
  for (const json::key_value_pair& member : value->get_object()) {
    const std::string key(member.key().data(), member.key().size());
    keep(visit_one(key, member.value(), path_to(name) + "/" + pointer_token(key)));
    if (error_) return;
  }
}

void ObjectReader::keep(const Status& status) {
  if (!status.has_value() && !error_) error_ = status.error();
}

void ObjectReader::fail(std::string_view name, std::string_view problem) {
  if (!error_) error_ = Error{ErrorKind::InvalidInput, fmt::format("'{}' {}", path_to(name), problem)};
}

std::string ObjectReader::path_to(std::string_view name) const { return path_ + "/" + pointer_token(name); }

Status ObjectReader::finish() {
  if (error_) return *error_;
  for (const json::key_value_pair& member : *object_) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(taken_, key) != taken_.end()) continue;
    fail(key, "is a field that this version does not know");
    return *error_;
  }
  return {};
}

}  // namespace sluice::rollout
