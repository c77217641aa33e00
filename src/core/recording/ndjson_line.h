// A request or a change of weight as one JSON object:
//   {"t": 12.3, "arm": "green", "status": 200, "latency_ms": 12.3, "log_errors": 0}
//   {"t": 60, "weight": 10}
// A request may say something of each of the user's own metrics under its name: true or false, a number, milliseconds.
// A request may name its `route` ("POST /chat") and its `request_id`.
#pragma once

#include <string_view>

#include "core/recording/recorded_line.h"

namespace sluice::recording {

/// Keys in any order; others are passed over. `NaN` and `Infinity` are taken for numbers, as many programs write them.
/// A status, a latency or a count that is absent, null or impossible is unknown; `t` and `arm` (or `weight`) must be
/// there.
RecordedLine parse_ndjson_line(std::string_view text, const ArmNames& arms);

/// The same by a whole JSON parser, without the exceptions for NaN: what the other falls back on for values that are
/// nested or hold escapes. For the test that holds the two together.
RecordedLine parse_ndjson_line_whole(std::string_view text, const ArmNames& arms);

}  // namespace sluice::recording
