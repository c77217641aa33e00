// Where a metric of the user's own comes from, and what it is there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/analysis/alarm.h"
#include "core/analysis/sequential_settings.h"

namespace sluice::analysis {

enum class SourceKind {
  Log,         ///< A field of the JSON lines that the service writes.
  Router,      ///< The answers that the router sees.
  Prometheus,  ///< Counters that a Prometheus keeps.
  CloudWatch,  ///< Metrics that the service publishes to CloudWatch.
  Probes,      ///< Requests of sluice's own.
};
std::string_view to_string(SourceKind kind);
std::optional<SourceKind> parse_source_kind(std::string_view name);

struct StatusRange {
  int least = 0;
  int most = 0;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};
/// `429`, `4xx`, `400-417`. Error: InvalidInput.
Result<StatusRange> parse_status_range(std::string_view text);

/// In a dimension's value: the number of the version that a function of Lambda has published for the colour, which it
/// finds in AWS_LAMBDA_FUNCTION_VERSION ("Defined runtime environment variables" of Lambda's developer guide).
inline constexpr std::string_view kVersion = "$version";

struct MetricSource {
  SourceKind from = SourceKind::Log;
  SequentialKind kind = SequentialKind::Ratio;  ///< As the metric's.
  /// Log: the name of a member, or where it begins with a slash the JSON pointer (RFC 6901) of a value.
  std::string field;
  std::vector<StatusRange> statuses;  ///< Router, ratio: answers that are events …
  std::string path;  ///< … of the requests whose path this is, or begins with it and a slash; empty: all.
  std::string url;   ///< Prometheus.
  /// Instant queries that give counters, whose increase counts; `$revision`, `$label`, `$colour` and `$slot` stand for
  /// the colour's.
  std::string events;
  std::string requests;
  std::string buckets;  ///< Latency: cumulative buckets with their edges in the label `le`.
  /// CloudWatch: of the metrics that `events` and `requests` name, whose sums count, or `metric`, whose percentiles do.
  std::string metric_namespace;
  std::map<std::string, std::string> dimensions;  ///< In whose values `$label` and the like stand for the colour's.
  std::string metric;
  double unit_milliseconds = 1;  ///< Latency: how many milliseconds a number of the source's is.
  /// At the end of a traffic step, without data or with an error: Hold, or Ignore.
  Missing missing = Missing::Hold;
  friend bool operator==(const MetricSource&, const MetricSource&) = default;
};

/// Whether an answer is one of those that the metric is about, and whether it is an event.
bool is_about(const MetricSource& router, std::string_view path);
bool is_event(const MetricSource& router, int status);

}  // namespace sluice::analysis
