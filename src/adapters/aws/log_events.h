// Lines of CloudWatch Logs: those that match a pattern, or may tell of an error, and the last ones of a stream.
// Source: "FilterLogEvents", "GetLogEvents" and "DescribeLogStreams" of CloudWatch Logs' API reference.
#pragma once

#include <compare>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/client.h"
#include "base/time.h"
#include "core/analysis/alarm.h"

namespace sluice::aws {

/// Where replicas of one kind write their lines to.
struct LogPlace {
  std::string region;
  std::string group;          ///< `/ecs/shop/web`
  std::string stream_prefix;  ///< What the names of their streams begin with; empty: all of the group.
  friend auto operator<=>(const LogPlace&, const LogPlace&) = default;
};

struct LogEvent {
  TimePoint at{};
  std::string stream;
  std::string text;
  friend bool operator==(const LogEvent&, const LogEvent&) = default;
};

/// A filter pattern (a regular expression: "Supported regular expressions syntax" of the user guide, which has neither
/// parentheses nor a switch for small and capital letters) that each line passes which
/// analysis::read_service_log_line calls an error, and others besides: that rule decides, here.
extern const std::string_view kMayBeError;

/// So much of what was read by the minute is kept.
inline constexpr Milliseconds kLogMinutesKept = analysis::kLongestLookback + std::chrono::minutes{10};

struct LogSpan {
  std::vector<LogEvent> events;
  TimePoint until{};  ///< Up to here all was read.
};

/// How many answers of CloudWatch, of up to 10,000 lines or 1 MB each, one question takes at most.
inline constexpr int kMostLogPages = 20;

/// Lines that match a filter pattern, from whole minute to whole minute. `until` is less than was asked for where there
/// are more than kMostLogPages of them; a single minute with more is cut off: so many at least. Errors: NotFound (no
/// such log group), those of the client.
Result<LogSpan> matching_lines(Client& client, const LogPlace& place, std::string_view pattern, TimePoint from,
                               TimePoint until, const std::stop_token& stop);

/// Likewise those that may tell of an error.
Result<LogSpan> possible_errors(Client& client, const LogPlace& place, TimePoint from, TimePoint until,
                                const std::stop_token& stop);

/// The last lines of a stream, oldest first. Errors: NotFound (no such group or stream), those of the client.
Result<std::vector<LogEvent>> last_lines(Client& client, const std::string& group, const std::string& stream, int most,
                                         const std::stop_token& stop);

/// Names of the group's streams that begin so, the newest first; of the first 50 in the order of their names. Errors:
/// as above.
Result<std::vector<std::string>> newest_streams(Client& client, const std::string& group, const std::string& prefix,
                                                const std::stop_token& stop);

/// The last `most` lines of several streams together, by time. A stream without lines yet is passed over. Errors: those
/// of last_lines; NotFound where none of the streams has a line.
Result<std::vector<std::string>> last_lines_of(Client& client, const std::string& group,
                                               const std::vector<std::string>& streams, int most,
                                               const std::stop_token& stop);

}  // namespace sluice::aws
