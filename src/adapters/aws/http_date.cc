#include "adapters/aws/http_date.h"

#include <time.h>

#include <chrono>

namespace sluice::aws {

std::optional<TimePoint> http_date(const ports::HttpResponse& response, const std::string& header) {
  const std::string date = ports::header_in(response.headers, header);
  tm parts{};
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr) return std::nullopt;
  return TimePoint(std::chrono::seconds(timegm(&parts)));
}

std::optional<Milliseconds> clock_of_service_ahead(const ports::HttpResponse& response, TimePoint now) {
  constexpr Milliseconds kSkew{4 * 60 * 1000};
  const auto theirs = http_date(response, "date");
  if (!theirs) return std::nullopt;
  const Milliseconds ahead = *theirs - now;
  if (ahead < kSkew && ahead > -kSkew) return std::nullopt;
  return ahead;
}

}  // namespace sluice::aws
