#include "adapters/aws/log_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "adapters/aws/json_member.h"

namespace sluice::aws {

// By levels (err, error; crit, critical; fatal; severe; alert; emerg, emergency; panic, dpanic), by pino's numbers
// from 50 on, and by klog's first letter. A quotation mark is none of the signs that are allowed: `.` stands for it.
const std::string_view kMayBeError =
    "%[Ee][Rr][Rr]|[Cc][Rr][Ii][Tt]|[Ff][Aa][Tt][Aa][Ll]|[Ss][Ee][Vv][Ee][Rr][Ee]|[Aa][Ll][Ee][Rr][Tt]|"
    "[Ee][Mm][Ee][Rr][Gg]|[Pp][Aa][Nn][Ii][Cc]|level.{2,6}[5-9][0-9]|level.{2,6}[0-9]{3}|^[EF][0-9]{4}%";

namespace {

namespace json = boost::json;

constexpr Milliseconds kMinute = std::chrono::minutes{1};
constexpr int kStreams = 50;  ///< DescribeLogStreams tells of no more at once.

std::int64_t milliseconds_of(TimePoint at) { return at.time_since_epoch().count(); }

TimePoint time_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  const bool is_there = value != nullptr && value->is_int64();
  return is_there ? TimePoint{Milliseconds{value->get_int64()}} : TimePoint{};
}

Result<json::object> ask(Client& client, const std::string& operation, const std::string& group,
                         const json::object& input, const std::stop_token& stop) {
  const Call call{.service = "logs", .operation = operation, .resource = fmt::format("log group {}", group)};
  return client.ask(call, input, stop);
}

void add_events(std::vector<LogEvent>& events, const json::object& answer, const std::string& stream) {
  for (const json::object* const event : objects_in(answer, "events")) {
    const std::string own = text_member(*event, "logStreamName");
    events.push_back({time_of(*event, "timestamp"), own.empty() ? stream : own, text_member(*event, "message")});
  }
}

/// What was read when there is more: up to the minute of the last line, or one minute, cut off.
LogSpan cut_off(std::vector<LogEvent> events, TimePoint from) {
  LogSpan span{std::move(events), from + kMinute};
  if (!span.events.empty()) {
    const TimePoint last = std::ranges::max(span.events, {}, &LogEvent::at).at;
    span.until = std::max(span.until, TimePoint(std::chrono::floor<std::chrono::minutes>(last)));
  }
  std::erase_if(span.events, [&](const LogEvent& event) { return event.at >= span.until; });
  return span;
}

}  // namespace

Result<LogSpan> matching_lines(Client& client, const LogPlace& place, std::string_view pattern, TimePoint from,
                               TimePoint until, const std::stop_token& stop) {
  std::vector<LogEvent> events;
  std::string next;
  for (int page = 0; page < kMostLogPages; ++page) {
    json::object input{{"logGroupName", place.group},
                       {"startTime", milliseconds_of(from)},
                       {"endTime", milliseconds_of(until) - 1},  // is told of, too
                       {"filterPattern", std::string(pattern)}};
    if (!place.stream_prefix.empty()) input["logStreamNamePrefix"] = place.stream_prefix;
    if (!next.empty()) input["nextToken"] = next;
    TRY_ASSIGN(const json::object answer, ask(client, "FilterLogEvents", place.group, input, stop));
    add_events(events, answer, "");
    next = text_member(answer, "nextToken");
    if (next.empty()) return LogSpan{std::move(events), until};
  }
  return cut_off(std::move(events), from);
}

Result<LogSpan> possible_errors(Client& client, const LogPlace& place, TimePoint from, TimePoint until,
                                const std::stop_token& stop) {
  return matching_lines(client, place, kMayBeError, from, until, stop);
}

Result<std::vector<LogEvent>> last_lines(Client& client, const std::string& group, const std::string& stream, int most,
                                         const std::stop_token& stop) {
  const json::object input{
      {"logGroupName", group}, {"logStreamName", stream}, {"limit", most}, {"startFromHead", false}};
  TRY_ASSIGN(const json::object answer, ask(client, "GetLogEvents", group, input, stop));
  std::vector<LogEvent> events;
  add_events(events, answer, stream);
  return events;
}

Result<std::vector<std::string>> newest_streams(Client& client, const std::string& group, const std::string& prefix,
                                                const std::stop_token& stop) {
  const json::object input{{"logGroupName", group}, {"logStreamNamePrefix", prefix}, {"limit", kStreams}};
  TRY_ASSIGN(const json::object answer, ask(client, "DescribeLogStreams", group, input, stop));
  std::vector<std::pair<TimePoint, std::string>> found;
  for (const json::object* const stream : objects_in(answer, "logStreams")) {
    found.emplace_back(time_of(*stream, "creationTime"), text_member(*stream, "logStreamName"));
  }
  std::ranges::sort(found, std::greater{});
  std::vector<std::string> names;
  for (auto& [created, name] : found) names.push_back(std::move(name));
  return names;
}

Result<std::vector<std::string>> last_lines_of(Client& client, const std::string& group,
                                               const std::vector<std::string>& streams, int most,
                                               const std::stop_token& stop) {
  std::vector<LogEvent> events;
  for (const std::string& stream : streams) {
    auto read = last_lines(client, group, stream, most, stop);
    if (read) {
      events.insert(events.end(), read->begin(), read->end());
    } else if (read.error().kind != ErrorKind::NotFound || streams.size() == 1) {
      return std::move(read.error());
    }
  }
  std::ranges::stable_sort(events, {}, &LogEvent::at);
  if (events.empty())
    return Error{ErrorKind::NotFound, fmt::format("nothing is logged in the log group {} yet", group)};
  std::vector<std::string> lines;
  const auto shown = std::min<std::size_t>(events.size(), static_cast<std::size_t>(std::max(most, 0)));
  for (auto event = events.end() - static_cast<std::ptrdiff_t>(shown); event != events.end(); ++event) {
    lines.push_back(event->text);
  }
  return lines;
}

}  // namespace sluice::aws
