// Moments in headers of HTTP: RFC 9110 section 5.6.7.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "ports/http_client.h"

namespace sluice::aws {

/// `Thu, 26 Nov 2026 09:50:50 GMT` in the header of that name, in lower case; nothing where there is none.
std::optional<TimePoint> http_date(const ports::HttpResponse& response, const std::string& header);

}  // namespace sluice::aws
