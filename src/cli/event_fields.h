// Fields of the events that the controller sends, as printers want them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::cli {

/// The string of that name; empty where there is none.
std::string text(const boost::json::object& event, std::string_view name);
/// The number of that name; 0 where there is none.
double number(const boost::json::object& event, std::string_view name);

/// A number of milliseconds for people: `3.2ms`, `231ms`, `4.1s`; `-` where there is none.
std::string answer_time(const boost::json::object& event, std::string_view name);

}  // namespace sluice::cli
