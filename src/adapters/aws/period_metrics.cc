#include "adapters/aws/period_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "adapters/aws/metric_data.h"
#include "base/replace_text.h"

namespace sluice::aws {
namespace {

using analysis::MetricSource;

std::vector<Figure> figures_of(const MetricSource& source) {
  if (source.kind != analysis::SequentialKind::Latency) {
    return {{"requests", source.requests, "Sum", &Minute::requests},
            {"events", source.events, "Sum", &Minute::server_errors}};
  }
  return with_percentiles({{"requests", source.metric, "SampleCount", &Minute::requests}}, source.metric,
                          source.unit_milliseconds);
}

/// A sum is a number of requests or events; what is absurd is not counted.
std::int64_t count_of(double sum) { return sum > 0 && sum < 1e15 ? static_cast<std::int64_t>(std::llround(sum)) : 0; }

}  // namespace

Result<std::map<std::string, std::string>> PeriodMetrics::dimensions_of(const rollout::ServiceKey& service,
                                                                        const rollout::Revision& revision,
                                                                        const MetricSource& source) const {
  std::map<std::string, std::string> dimensions = source.dimensions;
  for (auto& [name, value] : dimensions) {
    if (!value.contains(analysis::kVersion)) continue;
    TRY_ASSIGN(const std::string version, version_of_(service, revision.id));
    if (version.empty()) {
      return Error{ErrorKind::NotFound, fmt::format("nobody knows which version of {} is the revision {}",
                                                    service.to_string(), revision.id)};
    }
    value = replace_all(std::move(value), analysis::kVersion, version);
  }
  return dimensions;
}

Result<analysis::MetricSlot> PeriodMetrics::counted(const rollout::ServiceKey& service,
                                                    const rollout::Revision& revision, const MetricSource& source,
                                                    TimePoint start, Milliseconds every, analysis::Between between,
                                                    std::stop_token stop) const {
  const auto access = access_of(revision.target);
  if (!access) return Error{ErrorKind::InvalidInput, "CloudWatch is asked for services in AWS only"};
  TRY_ASSIGN(Client* const client, clients_.get(access->region, access->role));
  const std::vector<Figure> figures = figures_of(source);
  TRY_ASSIGN(const auto dimensions, dimensions_of(service, revision, source));
  const MetricSubject subject{.id = "own", .dimensions = {dimensions.begin(), dimensions.end()}};
  const MetricQuestion question{.metric_namespace = source.metric_namespace,
                                .about = fmt::format("namespace {}", source.metric_namespace),
                                .figures = figures,
                                .subjects = {subject},
                                .period = every};
  TRY_ASSIGN(const auto series, metric_data(*client, question, start, start + every, stop));
  analysis::MetricSlot slot{.start = start};
  const auto found = series.front().find(start);
  if (found == series.front().end()) return slot;
  const Minute& period = found->second;
  slot.counts = {.requests = count_of(period.requests), .events = count_of(period.server_errors)};
  if (source.kind == analysis::SequentialKind::Latency) {
    slot.latency = between == analysis::Between::Slow ? histogram_of(period) : fastest_of(period);
  }
  return slot;
}

}  // namespace sluice::aws
