// JSON as people and other programs get it from sluice.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace sluice {

/// Compact, on one line. Numbers are ordinary decimals (`100.4`, `0.05`, `7`), where Boost.JSON writes `1.004E2`; an
/// exponent is left to what would be longer than 17 digits. Numbers that JSON cannot say (infinite, not a number)
/// become null.
std::string to_json_text(const boost::json::value& value);

}  // namespace sluice
