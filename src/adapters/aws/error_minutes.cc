#include "adapters/aws/error_minutes.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/analysis/service_log_line.h"
#include "core/analysis/slot.h"

namespace sluice::aws {
namespace {

constexpr Milliseconds kMinute = std::chrono::minutes{1};

TimePoint minute_of(TimePoint at) { return std::chrono::floor<std::chrono::minutes>(at); }

}  // namespace

void ErrorMinutes::take(TimePoint from, TimePoint until, const std::vector<LogEvent>& lines) {
  for (TimePoint at = from; at < until; at += kMinute) minutes_[at] = {};
  std::set<std::pair<TimePoint, std::string>> requests;
  for (const LogEvent& event : lines) {
    const auto minute = minutes_.find(minute_of(event.at));
    if (event.at < from || event.at >= until || minute == minutes_.end()) continue;
    const analysis::ServiceLogLine line = analysis::read_service_log_line(event.text);
    if (!line.is_error) continue;
    Minute& counts = minute->second;
    ++counts.error_lines;
    const bool is_new = !line.request_id.empty() && requests.emplace(minute->first, line.request_id).second;
    if (is_new) ++counts.requests_with_errors;
    if (counts.lines.size() < kErrorLinesOfMinute) {
      counts.lines.push_back({.at = event.at, .text = event.text.substr(0, kLongestErrorLine)});
    }
  }
  minutes_.erase(minutes_.begin(), minutes_.lower_bound(until - kLogMinutesKept));
}

std::vector<ports::LogSlot> ErrorMinutes::slots(TimePoint from) const {
  std::vector<ports::LogSlot> slots;
  for (auto minute = minutes_.lower_bound(from); minute != minutes_.end(); ++minute) {
    const auto& [start, counts] = *minute;
    for (TimePoint at = start; at < start + kMinute; at += analysis::kSlotLength) slots.push_back({.start = at});
    ports::LogSlot& first = slots[slots.size() - static_cast<std::size_t>(kMinute / analysis::kSlotLength)];
    first.error_lines = counts.error_lines;
    first.requests_with_errors = counts.requests_with_errors;
  }
  return slots;
}

std::vector<ports::ErrorLine> ErrorMinutes::first_lines(TimePoint from, int most) const {
  std::vector<ports::ErrorLine> lines;
  for (auto minute = minutes_.lower_bound(minute_of(from)); minute != minutes_.end(); ++minute) {
    for (const ports::ErrorLine& line : minute->second.lines) {
      if (std::ssize(lines) >= most) return lines;
      if (line.at >= from) lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace sluice::aws
