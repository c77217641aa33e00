// A line of a log that is a JSON object.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string_view>

namespace sluice::analysis {

/// Nothing for any other line, and for an object that is nested deeper than any logger writes.
std::optional<boost::json::value> parse_json_line(std::string_view text);

}  // namespace sluice::analysis
