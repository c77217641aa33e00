#include "core/recording/alb_line.h"

#include <algorithm>
#include <array>

#include "base/time.h"
#include "core/recording/decimal.h"

namespace sluice::recording {
namespace {

/// By the number of the field, from 0.
enum Field {
  Type,
  Time,
  RequestTime = 5,
  TargetTime = 6,
  ResponseTime = 7,
  ElbStatus = 8,
  Request = 12,
  TargetGroup = 16
};
constexpr std::size_t kFields = 17;

bool next_field(std::string_view& rest, std::string_view& field) {
  if (rest.empty()) return false;
  std::size_t end = 0;
  if (rest.front() == '"') {
    rest.remove_prefix(1);
    // A quote inside is written as \" or as \x22.
    for (end = rest.find('"'); end != rest.npos && end > 0 && rest[end - 1] == '\\';) end = rest.find('"', end + 1);
    if (end == rest.npos) return false;
    field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  } else {
    end = std::min(rest.find(' '), rest.size());
    field = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return true;
}

double number(std::string_view text) {
  double value = -1;
  const char* end = text.data() + text.size();
  return !text.empty() && read_decimal(text.data(), end, value) == end ? value : -1;
}

/// The three times in seconds, -1 where there was no such part.
double latency_of(const std::array<std::string_view, kFields>& fields) {
  double sum = 0;
  for (const Field field : {RequestTime, TargetTime, ResponseTime}) {
    const double seconds = number(fields[field]);
    if (seconds < 0) return -1;
    sum += seconds;
  }
  return sum * 1000;
}

}  // namespace

bool is_alb_line(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTypes{"http ", "https ", "h2 ", "grpcs ", "ws ", "wss "};
  return std::ranges::any_of(kTypes, [&](std::string_view type) { return text.starts_with(type); });
}

RecordedLine parse_alb_line(std::string_view text, const ArmNames& arms) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  if (text.empty()) return RecordedLine::other();
  std::array<std::string_view, kFields> fields;
  for (std::string_view& field : fields) {
    if (!next_field(text, field)) return RecordedLine::bad("the line ends before its target group");
  }
  const auto time = parse_rfc3339(fields[Time]);
  if (!time) return RecordedLine::bad("the second field is not a time");
  const bool is_green = fields[TargetGroup].find(arms.green) != std::string_view::npos;
  const bool is_blue = fields[TargetGroup].find(arms.blue) != std::string_view::npos;
  if (is_green == is_blue) {
    return is_green ? RecordedLine::bad("the target group's name holds both colours' names") : RecordedLine::other();
  }
  RecordedLine line;
  line.kind = RecordedLine::Kind::Request;
  line.arm = is_green ? Arm::Green : Arm::Blue;
  line.milliseconds = time->time_since_epoch().count();
  line.status = to_status(number(fields[ElbStatus]));
  line.latency = latency_of(fields);
  // `GET http://host:80/path?query HTTP/1.1`; after the target group comes the trace's id.
  std::string_view request = fields[Request];
  line.method = request.substr(0, request.find(' '));
  request.remove_prefix(std::min(line.method.size() + 1, request.size()));
  line.path = request.substr(0, request.find(' '));
  if (std::string_view trace; next_field(text, trace)) line.request_id = trace;
  return line;
}

}  // namespace sluice::recording
