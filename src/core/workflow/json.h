// Values as JSON text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

/// As `toJSON` writes: two spaces a level, `[]` and `{}` when empty, members in their order. NaN and infinities, which
/// JSON has not, become strings.
std::string to_json(const Value& value);
/// The same on one line without spaces.
std::string to_compact_json(const Value& value);

/// Reads one JSON value (comments and trailing commas are errors); members keep their order, the last of equal names
/// counts. Error: InvalidInput with line and column.
Result<Value> parse_json(std::string_view text);

}  // namespace sluice::workflow
