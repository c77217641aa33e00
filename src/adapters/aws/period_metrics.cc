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

analysis::MetricSlot slot_of(const ports::PeriodQuestion& question, TimePoint start, const Minutes& series) {
  analysis::MetricSlot slot{.start = start};
  const auto found = series.find(start);
  if (found == series.end()) return slot;
  const Minute& period = found->second;
  slot.counts = {.requests = count_of(period.requests), .events = count_of(period.server_errors)};
  if (question.source.kind == analysis::SequentialKind::Latency) {
    slot.latency = question.between == analysis::Between::Slow ? histogram_of(period) : fastest_of(period);
  }
  return slot;
}

}  // namespace

Result<std::map<std::string, std::string>> PeriodMetrics::dimensions_of(const rollout::ServiceKey& service,
                                                                        const ports::PeriodQuestion& question) const {
  std::map<std::string, std::string> dimensions = question.source.dimensions;
  for (auto& [name, value] : dimensions) {
    if (!value.contains(analysis::kVersion)) continue;
    TRY_ASSIGN(const std::string version, version_of_(service, question.revision.id));
    if (version.empty()) {
      return Error{ErrorKind::NotFound, fmt::format("nobody knows which version of {} is the revision {}",
                                                    service.to_string(), question.revision.id)};
    }
    value = replace_all(std::move(value), analysis::kVersion, version);
  }
  return dimensions;
}

std::vector<Result<analysis::MetricSlot>> PeriodMetrics::counted(const rollout::ServiceKey& service,
                                                                 const std::vector<ports::PeriodQuestion>& questions,
                                                                 TimePoint start, Milliseconds every,
                                                                 const std::stop_token& stop) const {
  struct Asked {
    MetricQuestion question;
    std::vector<std::size_t> places;  ///< Of its subjects, among the questions.
  };
  std::vector<Result<analysis::MetricSlot>> slots(questions.size(), Error{ErrorKind::Cancelled, "not asked"});
  std::map<rollout::AwsAccess, Asked> asked;  // a revision of before may be asked of as somebody else
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto access = access_of(questions[i].revision.target);
    const auto dimensions = dimensions_of(service, questions[i]);
    if (!access || !dimensions) {
      slots[i] =
          access ? dimensions.error() : Error{ErrorKind::InvalidInput, "CloudWatch is asked for services in AWS only"};
      continue;
    }
    const MetricSource& source = questions[i].source;
    auto& [question, places] = asked[*access];
    question.about = fmt::format("namespace {}", source.metric_namespace);
    question.period = every;
    question.subjects.push_back({.id = std::to_string(i),
                                 .metric_namespace = source.metric_namespace,
                                 .figures = figures_of(source),
                                 .dimensions = {dimensions->begin(), dimensions->end()}});
    places.push_back(i);
  }
  const auto ask = [&](const rollout::AwsAccess& access,
                       const MetricQuestion& question) -> Result<std::vector<Minutes>> {
    TRY_ASSIGN(Client* const client, clients_.get(access.region, access.role));
    return metric_data(*client, question, start, start + every, stop);
  };
  for (const auto& [access, one] : asked) {
    const auto series = ask(access, one.question);
    for (std::size_t i = 0; i < one.places.size(); ++i) {
      const std::size_t place = one.places[i];
      if (series) slots[place] = slot_of(questions[place], start, (*series)[i]);
      if (!series) slots[place] = series.error();
    }
  }
  return slots;
}

}  // namespace sluice::aws
