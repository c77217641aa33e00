#include "adapters/aws/telemetry.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws {

Telemetry::Telemetry(MinuteSource source, Milliseconds delay, const ports::Clock& clock, Asking asking)
    : source_(std::move(source)),
      delay_(delay - kAsking),
      clock_(clock),
      thread_(
          asking, mutex_, [this] { return !due().empty(); }, [this](const std::stop_token& stop) { ask_due(stop); }) {}

std::vector<rollout::ServiceKey> Telemetry::due() const {
  std::vector<rollout::ServiceKey> due;
  const TimePoint now = clock_.now();
  const TimePoint newest = std::chrono::floor<std::chrono::minutes>(now - delay_);
  for (const auto& [service, series] : series_) {
    const bool is_wanted = now - series.wanted_at <= kWantedFor;
    const bool has_new = series.known_until < newest;
    const Milliseconds pause = series.error ? kSoonAfterFailure : kSoon;
    if (is_wanted && has_new && now - series.asked_at >= pause) due.push_back(service);
  }
  return due;
}

void Telemetry::ask_due(const std::stop_token& stop) {
  std::vector<rollout::ServiceKey> services;
  {
    const std::lock_guard lock(mutex_);
    services = due();
  }
  for (const rollout::ServiceKey& service : services) {
    if (!stop.stop_requested()) (void)ask(service, stop);  // the error is kept with the series
  }
}

Status Telemetry::ask(const rollout::ServiceKey& service, const std::stop_token& stop) {
  const TimePoint now = clock_.now();
  const TimePoint until = std::chrono::floor<std::chrono::minutes>(now - delay_);
  TimePoint from = std::chrono::floor<std::chrono::minutes>(now - kKept);
  {
    const std::lock_guard lock(mutex_);
    Series& series = series_[service];
    series.asked_at = now;
    if (series.known_until != TimePoint{}) from = std::max(from, series.known_until - kMayChange);
  }
  auto fetched = source_(service, from, until, stop);
  const std::lock_guard lock(mutex_);
  Series& series = series_[service];
  if (!fetched) {
    series.error = fetched.error();
    return std::move(fetched.error());
  }
  series.error.reset();
  series.known_until = std::max(series.known_until, until);
  for (std::size_t slot = 0; slot < series.minutes.size(); ++slot) {
    Minutes& minutes = series.minutes[slot];
    minutes.erase(minutes.begin(), minutes.lower_bound(now - kKept));
    for (const auto& [at, minute] : (*fetched)[slot]) minutes[at] = minute;
  }
  return {};
}

Status Telemetry::look(const rollout::ServiceKey& service, const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    Series& series = series_[service];
    series.wanted_at = series.asked_at = clock_.now();
  }
  return ask(service, stop);
}

Result<ports::Measurements> Telemetry::read(const rollout::ServiceKey& service, rollout::Slot slot,
                                            TimePoint from) const {
  const std::lock_guard lock(mutex_);
  Series& series = series_[service];
  const bool is_new = series.wanted_at == TimePoint{};
  series.wanted_at = clock_.now();
  if (is_new) thread_.wake();
  // One look that failed says nothing yet: what it would have told is missing, and that is judged.
  if (series.error && clock_.now() - series.known_until > kErrorAfter) return *series.error;
  if (series.known_until == TimePoint{}) {
    return Error{ErrorKind::NotFound, fmt::format("CloudWatch was not asked about {} yet", service.to_string())};
  }
  const Minutes& minutes = series.minutes[index_of(slot)];
  return measurements_of(minutes, series.minutes[index_of(rollout::other(slot))], from, series.known_until);
}

Result<std::vector<ports::BadAnswer>> Telemetry::first_bad_answers(const rollout::ServiceKey&, rollout::Slot, TimePoint,
                                                                   int) const {
  return std::vector<ports::BadAnswer>{};
}

Result<analysis::NotedSpan> Telemetry::notes(const rollout::ServiceKey&, rollout::Slot, TimePoint, TimePoint) const {
  return analysis::NotedSpan{};
}

void Telemetry::count_answers(const rollout::ServiceKey&, const std::vector<analysis::MetricSource>&) {}

Result<std::vector<analysis::MetricSlot>> Telemetry::read_metric(const rollout::ServiceKey& service, rollout::Slot,
                                                                 std::size_t, TimePoint) const {
  return Error{ErrorKind::NotFound, fmt::format("no metrics of its own are counted of {}", service.to_string())};
}

}  // namespace sluice::aws
