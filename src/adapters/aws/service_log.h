// ports::ServiceLog with CloudWatch Logs: the errors of a minute, and what the tasks used in it, once it is known.
#pragma once

#include <string>
#include <vector>

#include "adapters/aws/error_minutes.h"
#include "adapters/aws/log_minutes.h"
#include "adapters/aws/utilization_minutes.h"
#include "ports/service_log.h"

namespace sluice::aws {

/// May be used from any number of threads at once; reading never waits.
class ServiceLog final : public ports::ServiceLog {
 public:
  struct Sources {
    LogSource errors;       ///< Lines that may be errors.
    LogSource utilization;  ///< Performance log events of tasks.
  };

  /// `delay`: as LogMinutes has it. `clock` must outlive this.
  ServiceLog(Sources sources, Milliseconds delay, const ports::Clock& clock, Asking asking = Asking::InAThread);

  /// Asks for what is due now. Blocks.
  void ask_due(const std::stop_token& stop);

  /// Asks for the errors of the last hour of a revision now, and waits for the answer; for whoever is about to judge.
  /// Errors: those of the source.
  Status look(const rollout::ServiceKey& service, const std::string& revision, const std::stop_token& stop);

  /// Errors: those of LogMinutes::read.
  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                           TimePoint from) const override;
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, TimePoint from,
                                                          int most) const override;
  /// Own metrics of logs are not for AWS (sluice.yaml refuses them): nothing is counted.
  void count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  /// Error: NotFound, always.
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                        const std::string& revision_id, std::size_t metric,
                                                        TimePoint from) const override;
  Result<std::vector<ports::UtilizationSlot>> read_utilization(const rollout::ServiceKey& service,
                                                               const std::string& revision_id,
                                                               TimePoint from) const override;
  Status look_at_utilization(const rollout::ServiceKey& service, const std::string& revision_id,
                             const std::stop_token& stop) override;

 private:
  const ports::Clock& clock_;
  LogMinutes<ErrorMinutes> errors_;
  LogMinutes<UtilizationMinutes> utilization_;
};

}  // namespace sluice::aws
