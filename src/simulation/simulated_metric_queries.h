// A store of metrics in memory: it answers what the test says, and nobody is there while it says nothing.
#pragma once

#include <functional>

#include "ports/metric_queries.h"

namespace sluice::simulation {

class SimulatedMetricQueries final : public ports::MetricQueries {
 public:
  using Answer = std::function<Result<std::vector<analysis::CounterSample>>(const std::string& query, TimePoint at)>;

  Result<std::vector<analysis::CounterSample>> query(const rollout::Target&, const std::string& url,
                                                     const std::string& query, TimePoint at,
                                                     std::stop_token) const override {
    if (answer) return answer(query, at);
    return Error{ErrorKind::Unavailable, "nobody answers at " + url};
  }

  Answer answer;
};

}  // namespace sluice::simulation
