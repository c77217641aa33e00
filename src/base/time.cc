#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace sluice {
namespace {

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1e3}, Unit{"m", 60e3}, Unit{"h", 3600e3}, Unit{"d", 86400e3}};
constexpr double kLongestMilliseconds = 10.0 * 366 * 86400e3;

Error bad_duration(std::string_view text) {
  return Error{ErrorKind::InvalidInput,
               fmt::format("'{}' is not a duration: write a number with its unit, like 250ms, 5s, 3m, 1h or 1d", text)};
}

Error bad_time(std::string_view text) {
  return Error{ErrorKind::InvalidInput, fmt::format("'{}' is not an RFC 3339 UTC time", text)};
}

bool read_number(std::string_view text, std::size_t at, std::size_t length, int& out) {
  if (at + length > text.size()) return false;
  const char* end = text.data() + at + length;
  auto [stop, error] = std::from_chars(text.data() + at, end, out);
  return error == std::errc{} && stop == end && out >= 0;
}

}  // namespace

std::string format_rfc3339(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<TimePoint> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool fields = read_number(text, 0, 4, year) && read_number(text, 5, 2, month) && read_number(text, 8, 2, day) &&
                      read_number(text, 11, 2, hour) && read_number(text, 14, 2, minute) &&
                      read_number(text, 17, 2, second);
  if (!fields || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return bad_time(text);
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad_time(text);
  Milliseconds fraction{0};
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    ++at;
    int scale = 100;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      fraction += Milliseconds{(text[at] - '0') * scale};
    }
    if (at == first) return bad_time(text);
  }
  if (text.substr(at) != "Z") return bad_time(text);
  return TimePoint{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + fraction;
}

std::string format_duration(Milliseconds span) {
  const auto total = span.count();
  if (total < 0) return "-" + format_duration(-span);
  if (total < 1000) return fmt::format("{}ms", total);
  if (total < 60'000) {
    if (total % 1000 == 0) return fmt::format("{}s", total / 1000);
    return fmt::format("{:.1f}s", std::floor(static_cast<double>(total) / 100.0) / 10.0);
  }
  const auto seconds = total / 1000;
  if (seconds < 3600) {
    return seconds % 60 == 0 ? fmt::format("{}m", seconds / 60) : fmt::format("{}m {}s", seconds / 60, seconds % 60);
  }
  const auto minutes = seconds / 60;
  return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60) : fmt::format("{}h {}m", minutes / 60, minutes % 60);
}

Result<Milliseconds> parse_duration(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) return bad_duration(text);
  const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  for (const Unit& candidate : kUnits) {
    if (unit != candidate.name) continue;
    const double milliseconds = number * candidate.milliseconds;
    if (milliseconds > kLongestMilliseconds) return bad_duration(text);
    return Milliseconds{std::llround(milliseconds)};
  }
  return bad_duration(text);
}

}  // namespace sluice
