// Moments and spans, in milliseconds everywhere. Wall-clock moments are UTC.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

using Milliseconds = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Milliseconds>;

/// RFC 3339 UTC with milliseconds: `2026-11-23T15:28:48.123Z`.
std::string format_rfc3339(TimePoint time);
/// Reads what `format_rfc3339` writes (fraction optional). Error: InvalidInput.
Result<TimePoint> parse_rfc3339(std::string_view text);

/// For people: `850ms`, `12.3s`, `5m 20s`, `2h 5m`.
std::string format_duration(Milliseconds span);
/// A span with its unit, as in sluice.yaml: `250ms`, `5s`, `1.5m`, `2h`, `1d`. Error: InvalidInput without a
/// unit, negative, or over 10 years.
Result<Milliseconds> parse_duration(std::string_view text);

}  // namespace sluice
