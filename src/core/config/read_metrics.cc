#include "core/config/read_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/config/read_margins.h"
#include "core/config/section_reader.h"
#include "core/rollout/prometheus_workspace.h"

namespace sluice::config {
namespace {

using analysis::MetricSource;
using analysis::SequentialKind;
using analysis::SequentialMetric;
using analysis::SourceKind;
using yaml::Node;

constexpr Milliseconds kPrometheusEvery{15'000};
constexpr Milliseconds kCloudWatchEvery{60'000};

/// One metric as it is read.
struct Metric {
  SequentialMetric test;
  MetricSource source;
};

SequentialKind parse_kind(std::string_view name) {
  for (const auto kind : {SequentialKind::Count, SequentialKind::Latency}) {
    if (to_string(kind) == name) return kind;
  }
  return SequentialKind::Ratio;
}

/// What GREEN is allowed where the file does not say it.
SequentialMetric default_metric(const std::string& name, SequentialKind kind) {
  SequentialMetric metric = kind == SequentialKind::Latency ? analysis::default_latency() : analysis::default_errors();
  if (kind == SequentialKind::Count) metric.floor = 0;
  metric.name = name;
  metric.kind = kind;
  return metric;
}

/// The keys that a metric of this source and kind needs, and those that mean something besides.
struct Keys {
  std::vector<std::string_view> needed;
  std::vector<std::string_view> others = {};
};

Keys keys_of(SourceKind source, SequentialKind kind) {
  const bool is_latency = kind == SequentialKind::Latency;
  switch (source) {
    case SourceKind::Log: return is_latency ? Keys{{"field"}, {"unit"}} : Keys{{"field"}};
    case SourceKind::Router: return is_latency ? Keys{{"path"}} : Keys{{"statuses"}, {"path"}};
    case SourceKind::Prometheus:
      return is_latency ? Keys{{"url", "buckets"}, {"every", "unit"}} : Keys{{"url", "events", "requests"}, {"every"}};
    case SourceKind::CloudWatch:
      return is_latency ? Keys{{"namespace", "dimensions", "metric"}, {"every", "unit"}}
                        : Keys{{"namespace", "dimensions", "events", "requests"}, {"every"}};
    case SourceKind::Probes: break;  // they are no metric that a file names
  }
  std::unreachable();
}

bool contains(const std::vector<std::string_view>& keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}

/// Of a rate and of a latency, what is said of GREEN's margin.
bool is_margin_of(SequentialKind kind, std::string_view key) {
  constexpr std::array<std::string_view, 2> kOfRates{"floor", "prior"};
  constexpr std::array<std::string_view, 3> kOfLatencies{"plus", "levels", "ratio"};
  const auto has = [&](std::span<const std::string_view> keys) { return std::ranges::find(keys, key) != keys.end(); };
  return kind == SequentialKind::Latency ? !has(kOfRates) : !has(kOfLatencies);
}

void check_keys(Reader& reader, const yaml::Member& member, SourceKind source, SequentialKind kind) {
  constexpr std::array<std::string_view, 12> kOfSources{"field",  "statuses",  "path",       "url",
                                                        "events", "requests",  "buckets",    "every",
                                                        "unit",   "namespace", "dimensions", "metric"};
  const Node& node = *member.value;
  const Keys keys = keys_of(source, kind);
  for (const std::string_view needed : keys.needed) {
    if (node.find(needed) != nullptr || reader.has_bad_member(node)) continue;
    reader.report(member.key_at, fmt::format("'{}' is missing in the metric '{}': a {} from {} needs it", needed,
                                             member.key, to_string(kind), to_string(source)));
  }
  for (const yaml::Member& each : node.members) {
    const bool is_of_sources = std::ranges::find(kOfSources, each.key) != kOfSources.end();
    const bool fits = is_of_sources ? contains(keys.needed, each.key) || contains(keys.others, each.key)
                                    : is_margin_of(kind, each.key);
    if (fits) continue;
    reader.report(each.key_at, fmt::format("'{}' means nothing for a {} from {}: leave it out", each.key,
                                           to_string(kind), to_string(source)));
  }
}

void read_statuses(Reader& reader, const Node* list, MetricSource& source) {
  if (list == nullptr) return;
  for (const auto& item : list->items) {
    if (reader.is_bad(item.get())) continue;
    const auto range = analysis::parse_status_range(item->text);
    if (range) {
      source.statuses.push_back(*range);
    } else {
      reader.report(item->begin, range.error().message);
    }
  }
}

void read_source(Reader& reader, const Node& node, MetricSource& source) {
  reader.read(&node, "field", source.field);
  read_statuses(reader, reader.get(&node, "statuses"), source);
  reader.read(&node, "path", source.path);
  reader.read(&node, "url", source.url);
  reader.read(&node, "events", source.events);
  reader.read(&node, "requests", source.requests);
  reader.read(&node, "buckets", source.buckets);
  reader.read(&node, "namespace", source.metric_namespace);
  reader.read(&node, "dimensions", source.dimensions);
  reader.read(&node, "metric", source.metric);
  std::string text = source.from == SourceKind::Prometheus ? "s" : "ms";
  reader.read(&node, "unit", text);
  source.unit_milliseconds = text == "s" ? 1000 : text == "us" ? 0.001 : 1;
  if (reader.read(&node, "missing", text)) source.missing = analysis::parse_missing(text).value_or(source.missing);
}

/// A workspace of Amazon's is asked at one address alone, which must not be asked like any other server.
void check_url(Reader& reader, const Node& node, const MetricSource& source) {
  const auto workspace = rollout::workspace_at(source.url);
  if (!workspace) reader.report(reader.get(&node, "url")->begin, workspace.error().message);
}

/// An aggregate that is as long as a traffic step could never be judged in it.
void check_every(Reader& reader, const yaml::Member& member, const rollout::Strategy& strategy, Milliseconds every) {
  const Node* written = reader.get(member.value.get(), "every");
  const Position at = written != nullptr ? written->begin : member.key_at;
  if (every.count() % 1000 != 0) {
    return reader.report(at, fmt::format("'every' must be whole seconds, not '{}'", written->text));
  }
  for (const rollout::TrafficStep& step : strategy.steps) {
    if (step.weight == Weight::full() || step.bake >= 2 * every) continue;
    return reader.report(
        at, fmt::format("the step at {} bakes {}, too short for the metric '{}': two periods of {} must "
                        "fit in it",
                        step.weight.to_string(), format_duration(step.bake), member.key, format_duration(every)));
  }
}

/// What CloudWatch takes as a period ("MetricStat" of its API reference), and what tells the colours apart.
void check_cloudwatch(Reader& reader, const yaml::Member& member, const MetricSource& source, Milliseconds every) {
  constexpr std::array<int, 5> kHighResolution{1, 5, 10, 20, 30};
  const auto seconds = every.count() / 1000;
  if (seconds % 60 != 0 && std::ranges::find(kHighResolution, seconds) == kHighResolution.end()) {
    reader.report(reader.get(member.value.get(), "every")->begin,
                  "'every' must be 1s, 5s, 10s, 20s, 30s or whole minutes: CloudWatch has no other periods");
  }
  constexpr std::array<std::string_view, 5> kOfColours{"$label", "$revision", "$colour", "$slot", analysis::kVersion};
  const auto tells_colours_apart = [&](const auto& dimension) {
    return std::ranges::any_of(kOfColours, [&](std::string_view name) { return dimension.second.contains(name); });
  };
  const Node* dimensions = reader.get(member.value.get(), "dimensions");
  if (dimensions == nullptr || reader.has_bad_member(*dimensions)) return;
  if (std::ranges::any_of(source.dimensions, tells_colours_apart)) return;
  reader.report(dimensions->begin,
                fmt::format("the metric '{}' is the same for both colours: let the value of a dimension have $label, "
                            "$revision, $colour or $slot in it, or of a function $version",
                            member.key));
}

Metric read_metric(Reader& reader, const yaml::Member& member, const rollout::Strategy& strategy) {
  const Node& node = *member.value;
  std::string source;
  std::string kind;
  const bool is_clear = reader.read(&node, "source", source) && reader.read(&node, "kind", kind);
  Metric metric{.test = default_metric(member.key, parse_kind(kind)), .source = {}};
  metric.source.from = analysis::parse_source_kind(source).value_or(SourceKind::Log);
  metric.source.kind = metric.test.kind;
  read_source(reader, node, metric.source);
  if (metric.test.kind == SequentialKind::Latency) {
    read_latency_margins(reader, &node, metric.test);
  } else {
    SectionReader section(reader, &node);
    read_rates(section, metric.test, metric.test.kind == SequentialKind::Count ? 1.0 : kMostRate);
  }
  if (!is_clear) return metric;
  if (metric.source.from == SourceKind::Router && metric.test.kind == SequentialKind::Count) {
    reader.report(reader.get(&node, "kind")->begin, "the router's answers are no count: a ratio says which statuses");
    return metric;
  }
  check_keys(reader, member, metric.source.from, metric.test.kind);
  check_url(reader, node, metric.source);
  const bool is_cloudwatch = metric.source.from == SourceKind::CloudWatch;
  if (!is_cloudwatch && metric.source.from != SourceKind::Prometheus) return metric;
  metric.test.every = is_cloudwatch ? kCloudWatchEvery : kPrometheusEvery;
  reader.read(&node, "every", metric.test.every);
  check_every(reader, member, strategy, metric.test.every);
  if (is_cloudwatch) check_cloudwatch(reader, member, metric.source, metric.test.every);
  return metric;
}

}  // namespace

void read_metrics(Reader& reader, const Node* section, const rollout::Strategy& strategy,
                  analysis::AnalysisSettings& settings) {
  std::vector<Metric> metrics;
  const Node* node = reader.get(section, "metrics");
  for (const yaml::Member& member : node == nullptr ? std::vector<yaml::Member>() : node->members) {
    if (reader.is_bad(member.value.get())) continue;
    for (const std::string_view needed : {"source", "kind"}) {
      if (member.value->find(needed) != nullptr || reader.has_bad_member(*member.value)) continue;
      reader.report(member.key_at, fmt::format("'{}' is missing in the metric '{}'", needed, member.key));
    }
    metrics.push_back(read_metric(reader, member, strategy));
  }
  if (const Node* probes = reader.get(section, "probes")) {
    if (probes->find("requests") == nullptr && !reader.has_bad_member(*probes)) {
      reader.report(probes->begin, "'requests' is missing: say what is sent to both colours");
    }
    Metric metric{.test = default_metric(std::string(analysis::kProbesName), SequentialKind::Ratio), .source = {}};
    metric.source = {.from = SourceKind::Probes, .missing = analysis::Missing::Ignore};
    metrics.push_back(std::move(metric));
  }
  std::ranges::sort(metrics, {}, [](const Metric& metric) { return metric.test.name; });
  for (Metric& metric : metrics) {
    settings.sequential.more.push_back(std::move(metric.test));
    settings.sources.push_back(std::move(metric.source));
  }
}

}  // namespace sluice::config
