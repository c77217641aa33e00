// A store of periods in memory: it answers what the test says, and cannot be reached while it says nothing.
#pragma once

#include <functional>

#include "ports/period_metrics.h"

namespace sluice::simulation {

class SimulatedPeriodMetrics final : public ports::PeriodMetrics {
 public:
  using Answer = std::function<Result<analysis::MetricSlot>(const analysis::MetricSource& source, TimePoint start)>;

  std::vector<Result<analysis::MetricSlot>> counted(const rollout::ServiceKey&,
                                                    const std::vector<ports::PeriodQuestion>& questions,
                                                    TimePoint start, Milliseconds,
                                                    const std::stop_token&) const override {
    std::vector<Result<analysis::MetricSlot>> slots;
    for (const ports::PeriodQuestion& question : questions) slots.push_back(slot(question.source, start));
    return slots;
  }

  Answer answer;

 private:
  Result<analysis::MetricSlot> slot(const analysis::MetricSource& source, TimePoint start) const {
    if (answer) return answer(source, start);
    return Error{ErrorKind::Unavailable, "nobody answers for the namespace " + source.metric_namespace};
  }
};

}  // namespace sluice::simulation
