#include "core/analysis/particulars.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analysis/readable_line.h"
#include "core/analysis/redacted.h"

namespace sluice::analysis {
namespace {

constexpr Milliseconds kSecond{1000};

double mean(const RouteFigures& figures) {
  return figures.timed > 0 ? figures.milliseconds / static_cast<double>(figures.timed) : 0;
}

double error_rate(const RouteFigures& figures) {
  return figures.requests > 0 ? static_cast<double>(figures.errors) / static_cast<double>(figures.requests) : 0;
}

/// How many errors, or how much time, GREEN has on a route beyond what BLUE's rate would give.
double excess(Concern concern, const RouteFigures& green, const RouteFigures& blue) {
  if (concern == Concern::Errors) {
    return static_cast<double>(green.errors) - static_cast<double>(green.requests) * error_rate(blue);
  }
  if (blue.timed == 0) return 0;
  return static_cast<double>(green.timed) * (mean(green) - mean(blue));
}

std::optional<WorstRoute> worst_route(Concern concern, const NotedSpan& green, const NotedSpan& blue) {
  std::optional<WorstRoute> worst;
  double most = 0;
  for (const RouteFigures& route : green.routes) {
    const auto same = std::ranges::find(blue.routes, route.route, &RouteFigures::route);
    const RouteFigures other = same == blue.routes.end() ? RouteFigures{.route = route.route} : *same;
    const double over = excess(concern, route, other);
    if (over <= most) continue;
    most = over;
    worst = WorstRoute{concern, route, other};
  }
  if (worst && worst->green.route.empty()) return std::nullopt;  // many that are not told apart
  return worst;
}

void name(std::vector<std::string>& ids, const NotedRequest& request) {
  if (ids.size() >= kMostNamedRequests || request.request_id.empty() || request.request_id == "-") return;
  ids.push_back(shown_line(request.request_id));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string time_of(double milliseconds) {
  if (milliseconds < 1) return "under 1ms";
  const double unit = milliseconds < 1000 ? 1 : 100;
  return format_duration(Milliseconds{static_cast<std::int64_t>(std::round(milliseconds / unit) * unit)});
}

std::string figures_of(const WorstRoute& worst) {
  const RouteFigures& green = worst.green;
  const RouteFigures& blue = worst.blue;
  if (worst.concern == Concern::Latency) {
    return fmt::format("{} on average on GREEN, {} on BLUE", time_of(mean(green)), time_of(mean(blue)));
  }
  const std::string other = blue.requests > 0 ? fmt::format(", {} of {} on BLUE", blue.errors, blue.requests) : "";
  return fmt::format("{} of {} on GREEN{}", green.errors, green.requests, other);
}

}  // namespace

Question question_of(const MetricEvidence& evidence) {
  // The window begins with the second after the lowest evidence, and the first bad requests may have come in that one.
  const Milliseconds span = std::min(evidence.window_length + kSecond, kNotesLength);
  if (evidence.name == kErrorsName) return {Concern::Errors, span};
  if (evidence.name == kLatencyName) return {Concern::Latency, span, evidence.green_slower_than};
  return {evidence.name == kErrorLogName ? Concern::Log : Concern::Elsewhere, span};
}

Question question_of(const Alarm& alarm) {
  const Milliseconds span = std::min<Milliseconds>(alarm.every * alarm.out_of, kNotesLength);
  switch (alarm.metric) {
    case Metric::ErrorRate:
    case Metric::ErrorCount: return {Concern::Errors, span};
    case Metric::LatencyP50:
    case Metric::LatencyP90:
    case Metric::LatencyP95:
    case Metric::LatencyP99:
    case Metric::LatencyAverage:
      return {Concern::Latency, span, alarm.threshold == Threshold::Absolute ? alarm.above : 0};
    case Metric::ErrorLogRate:
    case Metric::ErrorLogCount:
    case Metric::FailedHealthChecks:
    // A task that is killed for its memory says so last.
    case Metric::CpuUtilization:
    case Metric::MemoryUtilization:
    case Metric::ServiceCpuUtilization:
    case Metric::ServiceMemoryUtilization: return {Concern::Log, span};
  }
  std::unreachable();
}

Particulars answer(const Question& question, const NotedSpan& green, const NotedSpan& blue) {
  Particulars particulars;
  if (question.concern == Concern::Log || question.concern == Concern::Elsewhere) return particulars;
  particulars.worst_route = worst_route(question.concern, green, blue);
  if (question.concern == Concern::Errors) {
    for (const NotedRequest& request : green.failed) name(particulars.request_ids, request);
    return particulars;
  }
  for (const NotedRequest& request : green.slowest) {
    if (request.latency > question.slower_than) name(particulars.request_ids, request);
  }
  return particulars;
}

std::string shown_line(std::string_view text) {
  std::string line = redacted(readable(text).substr(0, 4 * kLongestNamedLine));
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  if (line.size() <= kLongestNamedLine) return line;
  std::size_t end = kLongestNamedLine;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return line.substr(0, end) + "…";
}

std::string describe(const Particulars& particulars) {
  std::string text;
  if (const auto& worst = particulars.worst_route) {
    text += fmt::format("; worst route: {} ({})", worst->green.route, figures_of(*worst));
  }
  const bool are_slow = particulars.worst_route && particulars.worst_route->concern == Concern::Latency;
  if (!particulars.request_ids.empty()) {
    text +=
        fmt::format("; {}: {}", are_slow ? "slow requests" : "first failed requests", joined(particulars.request_ids));
  }
  if (!particulars.error_lines.empty()) text += "; GREEN logged: " + joined(particulars.error_lines);
  return text;
}

}  // namespace sluice::analysis
