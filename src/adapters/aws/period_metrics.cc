#include "adapters/aws/period_metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "adapters/aws/metric_data.h"

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

Result<analysis::MetricSlot> PeriodMetrics::counted(const rollout::Target& place, const MetricSource& source,
                                                    TimePoint start, Milliseconds every, analysis::Between between,
                                                    std::stop_token stop) const {
  const auto access = access_of(place);
  if (!access) return Error{ErrorKind::InvalidInput, "CloudWatch is asked for services in AWS only"};
  TRY_ASSIGN(Client* const client, clients_.get(access->region, access->role));
  const std::vector<Figure> figures = figures_of(source);
  const MetricSubject subject{.id = "own", .dimensions = {source.dimensions.begin(), source.dimensions.end()}};
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
