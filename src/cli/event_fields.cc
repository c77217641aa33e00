#include "cli/event_fields.h"

#include <boost/json.hpp>

namespace sluice::cli {

std::string text(const boost::json::object& event, std::string_view name) {
  const boost::json::value* value = event.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

double number(const boost::json::object& event, std::string_view name) {
  const boost::json::value* value = event.if_contains(name);
  return value == nullptr || !value->is_number() ? 0 : value->to_number<double>();
}

}  // namespace sluice::cli
