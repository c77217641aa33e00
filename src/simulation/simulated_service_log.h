// The errors that the simulated services log, by revision, as the simulated telemetry has them counted.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "ports/service_log.h"

namespace sluice::simulation {

class SimulatedServiceLog final : public ports::ServiceLog {
 public:
  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                           TimePoint from) const override;
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, TimePoint from,
                                                          int most) const override;
  void count_fields(const rollout::ServiceKey&, const std::vector<analysis::MetricSource>&) override {}
  /// All metrics are the same one.
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                        const std::string& revision_id, std::size_t metric,
                                                        TimePoint from) const override;

  /// One slot that somebody watched, in the order of time.
  void add(const rollout::ServiceKey& service, const std::string& revision_id, const ports::LogSlot& slot);
  void add_fields(const rollout::ServiceKey& service, const std::string& revision_id, const analysis::MetricSlot& slot);

 private:
  std::map<std::pair<rollout::ServiceKey, std::string>, std::vector<ports::LogSlot>> slots_;
  std::map<std::pair<rollout::ServiceKey, std::string>, std::vector<analysis::MetricSlot>> fields_;
};

}  // namespace sluice::simulation
