// The last lines of a container's log (podman's driver k8s-file: `TIME STREAM F|P TEXT`, one a line).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::podman {

struct LogLine {
  std::string time;  ///< RFC 3339 with nanoseconds, all in the machine's one time zone: sorts as text.
  std::string text;
  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// The last `most` lines, oldest first; parts (P) are put together. A missing file: none.
std::vector<LogLine> log_tail(const std::string& path, int most);

/// The same on a log's text. Its first line is left out when it was `cut`.
std::vector<LogLine> parse_log(std::string_view text, bool cut);

}  // namespace sluice::podman
