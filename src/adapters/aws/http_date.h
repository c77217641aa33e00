// Moments in headers of HTTP: RFC 9110 section 5.6.7.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "ports/http_client.h"

namespace sluice::aws {

/// `Thu, 26 Nov 2026 09:50:50 GMT` in the header of that name, in lower case; nothing where there is none.
std::optional<TimePoint> http_date(const ports::HttpResponse& response, const std::string& header);

/// How far the service's clock is ahead of ours, by the date of its answer; nothing without one, and where both agree
/// so far that AWS takes our signatures (for 5 minutes around its own clock).
std::optional<Milliseconds> clock_of_service_ahead(const ports::HttpResponse& response, TimePoint now);

}  // namespace sluice::aws
