#include "cli/event_fields.h"

#include <fmt/format.h>

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

std::string answer_time(const boost::json::object& event, std::string_view name) {
  const boost::json::value* value = event.if_contains(name);
  if (value == nullptr || !value->is_number()) return "-";
  const double milliseconds = value->to_number<double>();
  if (milliseconds < 10) return fmt::format("{:.1f}ms", milliseconds);
  if (milliseconds < 1000) return fmt::format("{:.0f}ms", milliseconds);
  return fmt::format("{:.1f}s", milliseconds / 1000);
}

}  // namespace sluice::cli
