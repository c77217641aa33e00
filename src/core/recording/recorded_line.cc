#include "core/recording/recorded_line.h"

#include <algorithm>
#include <cmath>

namespace sluice::recording {
namespace {

constexpr double kLatestSecond = 10'000 * 366.0 * 86'400;
constexpr double kMostLogErrors = 1e9;

}  // namespace

bool is_time(double seconds) { return std::abs(seconds) <= kLatestSecond; }  // not so for NaN

std::int64_t to_milliseconds(double seconds) { return static_cast<std::int64_t>(std::floor(seconds * 1000 + 1e-6)); }

int to_status(double value) {
  const bool is_status = value >= 100 && value <= 599 && value == std::floor(value);
  return is_status ? static_cast<int>(value) : RecordedLine::kUnknownStatus;
}

std::int64_t to_log_errors(double value) {
  return value > 0 ? static_cast<std::int64_t>(std::min(value, kMostLogErrors)) : 0;
}

void name_request(RecordedLine& line, std::string_view route, std::string_view request_id) {
  const std::size_t blank = route.find(' ');
  line.method = blank == route.npos ? std::string_view() : route.substr(0, blank);
  line.path = blank == route.npos ? route : route.substr(blank + 1);
  line.request_id = request_id;
}

bool to_weight(double percent, Weight& weight) {
  if (!(percent >= 0 && percent <= 100)) return false;
  const auto read = Weight::from_basis_points(static_cast<int>(std::lround(percent * 100)));
  if (read) weight = *read;
  return read.has_value();
}

}  // namespace sluice::recording
