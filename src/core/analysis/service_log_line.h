// What a line of a service's own log says: whether it tells of an error, and of which request.
#pragma once

#include <string>
#include <string_view>

namespace sluice::analysis {

struct ServiceLogLine {
  bool is_error = false;   ///< Of level error or worse.
  std::string request_id;  ///< Of an error's request, where the line names it; else empty.
};

/// A JSON object has its level in `level`, `levelname`, `severity`, `lvl`, `log.level` or `level` within `log`: error,
/// err, critical, crit, fatal, severe, alert, emergency, emerg, panic or dpanic in any case, or a number from 50 on in
/// `level` (pino, bunyan). Its request is `request_id`, `requestId`, `x-request-id`, `x_request_id`, or `id` within
/// `req`.
///
/// Of a plain line the first word decides that is a level in capitals, among the first 160 bytes and between blanks or
/// any of `[](){}<>|:,;`: ERROR, CRITICAL, FATAL and SEVERE against TRACE, DEBUG, INFO, NOTICE, WARN and WARNING.
/// Likewise `level=` of logfmt, `[error]`, `[crit]`, `[alert]` and `[emerg]` of nginx, a klog header (`E0102 15:04:05`)
/// and `panic:` at the beginning. A line without any of these is no error. Its request is `request_id=` or
/// `x-request-id=`.
ServiceLogLine read_service_log_line(std::string_view text);

}  // namespace sluice::analysis
