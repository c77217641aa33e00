// A store of metrics that answers queries: Prometheus.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/counter_reading.h"

namespace sluice::ports {

class MetricQueries {
 public:
  virtual ~MetricQueries() = default;
  /// What the series that a query names had counted at a moment; none at all where there are none. It blocks, at most
  /// for the time that its implementation names. Errors: Unavailable (nobody answers there), TimedOut, Cancelled,
  /// InvalidInput (the store refuses the query, in its words; or the result is no list of numbers), Failed (what
  /// answers there is no such store).
  virtual Result<std::vector<analysis::CounterSample>> query(const std::string& url, const std::string& query,
                                                             TimePoint at, std::stop_token stop) const = 0;
};

}  // namespace sluice::ports
