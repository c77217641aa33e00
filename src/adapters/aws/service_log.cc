#include "adapters/aws/service_log.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::aws {

ServiceLog::ServiceLog(Sources sources, Milliseconds delay, const ports::Clock& clock, Asking asking)
    : clock_(clock),
      errors_(std::move(sources.errors), delay, clock, asking),
      utilization_(std::move(sources.utilization), delay, clock, asking) {}

void ServiceLog::ask_due(const std::stop_token& stop) {
  errors_.ask_due(stop);
  utilization_.ask_due(stop);
}

Status ServiceLog::look(const rollout::ServiceKey& service, const std::string& revision, const std::stop_token& stop) {
  return errors_.look(service, revision, stop);
}

Result<std::vector<ports::LogSlot>> ServiceLog::read(const rollout::ServiceKey& service, const std::string& revision_id,
                                                     TimePoint from) const {
  return errors_.read(service, revision_id, [&](const ErrorMinutes& minutes) { return minutes.slots(from); });
}

Result<std::vector<ports::ErrorLine>> ServiceLog::first_error_lines(const rollout::ServiceKey& service,
                                                                    const std::string& revision_id, TimePoint from,
                                                                    int most) const {
  return errors_.read(service, revision_id,
                      [&](const ErrorMinutes& minutes) { return minutes.first_lines(from, most); });
}

void ServiceLog::count_fields(const rollout::ServiceKey&, const std::vector<analysis::MetricSource>&) {}

Result<std::vector<analysis::MetricSlot>> ServiceLog::read_metric(const rollout::ServiceKey& service,
                                                                  const std::string&, std::size_t, TimePoint) const {
  return Error{ErrorKind::NotFound, fmt::format("no metrics of its log are counted of {}", service.to_string())};
}

Result<std::vector<ports::UtilizationSlot>> ServiceLog::read_utilization(const rollout::ServiceKey& service,
                                                                         const std::string& revision_id,
                                                                         TimePoint from) const {
  return utilization_.read(service, revision_id,
                           [&](const UtilizationMinutes& minutes) { return minutes.slots(from); });
}

Status ServiceLog::look_at_utilization(const rollout::ServiceKey& service, const std::string& revision_id,
                                       const std::stop_token& stop) {
  TRY(utilization_.look(service, revision_id, stop));
  const auto read = read_utilization(service, revision_id, clock_.now());
  if (!read) return read.error();
  return {};
}

}  // namespace sluice::aws
