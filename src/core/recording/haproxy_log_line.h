// One request as sluice's HAProxy tells it: `TOKEN TIME WORKER BACKEND SERVER STATUS RETRIES MILLISECONDS MICROSECONDS
// PROBE METHOD PATH ID`, the format that the adapter's configuration sets. Fields are separated by one blank; only the
// last may hold any. The adapter reads it as it comes, a replay from a file.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace sluice::recording {

struct HaproxyLogLine {
  TimePoint at{};  ///< When the answer ended.
  int worker = 0;  ///< Process id of the HAProxy that wrote it.
  std::string_view backend;
  std::string_view server;  ///< `s1`: an own replica, `f1`: a fallback, `<NOSRV>`: none.
  int status = 0;           ///< -1: the client went before an answer.
  int retries = 0;          ///< Attempts before the one that was answered.
  /// First byte in to last byte out, in milliseconds. Negative: nobody knows (no answer, a connection's whole life).
  double latency = -1;
  bool probe = false;  ///< Sluice's own request.
  std::string_view method;
  std::string_view path;
  std::string_view request_id;
};

/// Nothing when the line does not begin with the token or has not all fields. The views point into `text`.
std::optional<HaproxyLogLine> parse_haproxy_log_line(std::string_view text, std::string_view token);

/// 5xx, a try on this backend that failed, or an answer that came from the other one because none here could give one.
bool is_server_error(const HaproxyLogLine& line);

}  // namespace sluice::recording
