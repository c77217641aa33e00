#include "adapters/aws/json_member.h"

#include <boost/json.hpp>

namespace sluice::aws {

namespace json = boost::json;

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

int number_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_int64() ? static_cast<int>(member->get_int64()) : 0;
}

double real_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_number() ? member->to_number<double>() : 0;
}

bool flag_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_array();
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

std::vector<const json::object*> objects_in(const json::object& object, std::string_view name) {
  std::vector<const json::object*> found;
  const json::array* array = array_member(object, name);
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    if (const json::object* item = (*array)[i].if_object()) found.push_back(item);
  }
  return found;
}

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
  std::vector<std::string> found;
  const json::array* array = array_member(object, name);
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    if (const json::string* item = (*array)[i].if_string()) found.emplace_back(*item);
  }
  return found;
}

std::map<std::string, std::string> texts_by_name(const json::object& object, std::string_view name) {
  std::map<std::string, std::string> found;
  const json::object* const members = object_member(object, name);
  if (members == nullptr) return found;
  for (const auto& [key, value] : *members) {
    if (value.is_string()) found[std::string(key)] = value.get_string();
  }
  return found;
}

json::array array_of(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

const json::object* first_object_in(const json::object& object, std::string_view name) {
  const json::array* array = array_member(object, name);
  return array == nullptr || array->empty() ? nullptr : array->front().if_object();
}

}  // namespace sluice::aws
