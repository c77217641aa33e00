#include "adapters/aws/carried_members.h"

#include <array>
#include <boost/json.hpp>

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kOfTaskSets = {
    "networkConfiguration", "launchType", "capacityProviderStrategy", "platformVersion", "serviceRegistries"};

bool says_something(const json::value& value) {
  if (value.is_null()) return false;
  if (const json::array* array = value.if_array()) return !array->empty();
  if (const json::object* object = value.if_object()) return !object->empty();
  if (const json::string* text = value.if_string()) return !text->empty() && *text != "NONE";
  if (value.is_bool()) return value.get_bool();
  return !value.is_int64() || value.get_int64() != 0;
}

}  // namespace

void carry_members(const json::object& from, std::span<const std::string_view> names, json::object& into) {
  for (const std::string_view name : names) {
    const json::value* member = from.if_contains(name);
    if (member != nullptr && says_something(*member)) into[name] = *member;
  }
}

void carry_task_set_members(const json::object& from, json::object& into) { carry_members(from, kOfTaskSets, into); }

}  // namespace sluice::aws
