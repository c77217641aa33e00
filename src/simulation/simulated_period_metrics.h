// A store of periods in memory: it answers what the test says, and cannot be reached while it says nothing.
#pragma once

#include <functional>

#include "ports/period_metrics.h"

namespace sluice::simulation {

class SimulatedPeriodMetrics final : public ports::PeriodMetrics {
 public:
  using Answer = std::function<Result<analysis::MetricSlot>(const analysis::MetricSource& source, TimePoint start)>;

  Result<analysis::MetricSlot> counted(const rollout::ServiceKey&, const rollout::Revision&,
                                       const analysis::MetricSource& source, TimePoint start, Milliseconds,
                                       analysis::Between, std::stop_token) const override {
    if (answer) return answer(source, start);
    return Error{ErrorKind::Unavailable, "nobody answers for the namespace " + source.metric_namespace};
  }

  Answer answer;
};

}  // namespace sluice::simulation
