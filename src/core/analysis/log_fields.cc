#include "core/analysis/log_fields.h"

#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "core/analysis/json_line.h"

namespace sluice::analysis {
namespace {

namespace json = boost::json;

constexpr double kMostEventsALine = 1e9;

const json::value* value_at(const json::value& document, const std::string& field) {
  if (!field.starts_with('/')) return document.get_object().if_contains(field);
  json::error_code error;
  return document.find_pointer(field, error);
}

/// Truth as 1 and 0; nothing for what is neither that nor a number from 0 on.
std::optional<double> number_of(const json::value& value) {
  if (value.is_bool()) return value.get_bool() ? 1 : 0;
  if (!value.is_number()) return std::nullopt;
  const auto number = value.to_number<double>();
  return number >= 0 && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

void count(const json::value& value, TimePoint at, const MetricSource& source, MetricSeries& series) {
  const auto number = number_of(value);
  if (!number) return;
  switch (source.kind) {
    case SequentialKind::Ratio:
      if (*number == 0 || *number == 1) series.add(at, {.requests = 1, .events = *number == 1 ? 1 : 0});
      return;
    case SequentialKind::Count:
      if (*number <= kMostEventsALine) series.add(at, {.requests = 1, .events = std::llround(*number)});
      return;
    case SequentialKind::Latency:
      if (value.is_number()) series.add_latency(at, *number * source.unit_milliseconds);
      return;
  }
}

}  // namespace

void count_log_fields(std::string_view line, TimePoint at, const std::vector<MetricSource>& sources,
                      std::vector<MetricSeries>& series) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (sources.empty() || begin == line.npos || line[begin] != '{') return;
  const auto document = parse_json_line(line);
  if (!document) return;
  for (std::size_t i = 0; i < sources.size() && i < series.size(); ++i) {
    const json::value* value = value_at(*document, sources[i].field);
    if (value != nullptr) count(*value, at, sources[i], series[i]);
  }
}

}  // namespace sluice::analysis
