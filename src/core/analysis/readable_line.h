// A line of a structured log as a person reads it.
#pragma once

#include <string>
#include <string_view>

namespace sluice::analysis {

/// Of a JSON object with a text in `message`, `msg` or `event`: that, and then its other texts and numbers as
/// `(name=value, …)` in their order, but for the time, the level and the logger's name. Any other line as it is.
std::string readable(std::string_view text);

}  // namespace sluice::analysis
