#include "core/recording/haproxy_log_line.h"

#include <charconv>

namespace sluice::recording {
namespace {

/// Cuts the text up to the next blank off; `rest` is null when there was no blank.
std::string_view next_field(std::string_view& rest) {
  const auto end = rest.find(' ');
  const std::string_view field = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return field;
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size();
}

constexpr int kSwitchingProtocols = 101;
constexpr long long kLatestMoment = 253'402'300'799'999;  // the year 9999 ends

/// HAProxy's own span (`active`, milliseconds) is of its steady clock and includes a slow client's headers; the finer
/// one, from the first rule on, is of the wall clock. More of it than of the other is a step of that clock.
double latency_of(int status, long long active, long long microseconds) {
  constexpr double kRounding = 1;
  if (status < 100 || status == kSwitchingProtocols || active < 0) return -1;
  const auto milliseconds = static_cast<double>(active);
  const double fine = static_cast<double>(microseconds) / 1000;
  return microseconds >= 0 && fine <= milliseconds + kRounding ? fine : milliseconds;
}

}  // namespace

std::optional<HaproxyLogLine> parse_haproxy_log_line(std::string_view text, std::string_view token) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
  if (next_field(text) != token) return std::nullopt;
  HaproxyLogLine line;
  long long milliseconds = 0;
  if (!read_number(next_field(text), milliseconds) || !read_number(next_field(text), line.worker)) return std::nullopt;
  if (milliseconds < 0 || milliseconds > kLatestMoment) return std::nullopt;
  line.at = TimePoint(Milliseconds(milliseconds));
  line.backend = next_field(text);
  line.server = next_field(text);
  if (!read_number(next_field(text), line.status) || !read_number(next_field(text), line.retries)) return std::nullopt;
  long long active = 0;
  long long microseconds = -1;
  if (!read_number(next_field(text), active)) return std::nullopt;
  // `-`: a request that was refused before the first rule.
  if (const auto field = next_field(text); field != "-" && !read_number(field, microseconds)) return std::nullopt;
  line.latency = latency_of(line.status, active, microseconds);
  line.probe = next_field(text) == "1";
  line.method = next_field(text);
  line.path = next_field(text);
  if (line.path.empty()) return std::nullopt;
  line.request_id = text;
  return line;
}

bool is_server_error(const HaproxyLogLine& line) {
  return line.status >= 500 || line.retries > 0 || line.server.starts_with('f');
}

}  // namespace sluice::recording
