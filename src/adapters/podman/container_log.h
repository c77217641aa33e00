// Lines of a container's log (podman's driver k8s-file: `TIME STREAM F|P TEXT`, one a line).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace sluice::podman {

struct LogLine {
  std::string time;  ///< RFC 3339 with nanoseconds, all in the machine's one time zone: sorts as text.
  std::string text;
  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// One raw line. A part (P) goes on in the next one.
struct RawLogLine {
  std::string_view time;
  bool is_part = false;
  std::string_view text;
};
/// Nothing when it is not of the driver's form. The views point into `line`.
std::optional<RawLogLine> split_log_line(std::string_view line);
/// `2026-11-26T02:31:33.123456789+00:00`, `Z` for UTC; nothing for anything else.
std::optional<TimePoint> parse_log_time(std::string_view text);

/// The last `most` lines, oldest first; parts (P) are put together. A missing file: none.
std::vector<LogLine> log_tail(const std::string& path, int most);

/// The same on a log's text. Its first line is left out when it was `cut`.
std::vector<LogLine> parse_log(std::string_view text, bool cut);

}  // namespace sluice::podman
