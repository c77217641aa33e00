// Files through which a step speaks to the runner: GITHUB_ENV, GITHUB_OUTPUT, GITHUB_STATE, GITHUB_PATH.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::workflow {

using Assignments = std::vector<std::pair<std::string, std::string>>;

/// Reads `name=value` lines and `name<<DELIMITER` blocks, in their order. Whichever of `=` and `<<` comes first in a
/// line decides what it is. Empty lines between entries are skipped, and a byte order mark at the start.
/// Error: InvalidInput (neither form, an empty name, no closing delimiter) with the line's number.
Result<Assignments> parse_assignments(std::string_view text);

/// The folders of a GITHUB_PATH file, one a line, without empty ones.
std::vector<std::string> parse_path_lines(std::string_view text);

}  // namespace sluice::workflow
