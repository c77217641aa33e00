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

}  // namespace sluice::aws
