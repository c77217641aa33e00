// A store of metrics that answers queries: Prometheus.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/analysis/counter_reading.h"
#include "core/rollout/target.h"

namespace sluice::ports {

class MetricQueries {
 public:
  virtual ~MetricQueries() = default;
  /// What the series that a query names had counted at a moment; none at all where there are none. `place`: where the
  /// service is whose metric it is; a store that wants credentials is asked with those of that place. It blocks, at
  /// most for the time that its implementation names. Errors: Unavailable (nobody answers there, or not now), TimedOut,
  /// Cancelled, Denied (the keys in use may not ask it: the message says what to allow), InvalidInput (the store
  /// refuses the query, in its words; the result is no list of numbers; or the place has no credentials for it), Failed
  /// (what answers there is no such store).
  virtual Result<std::vector<analysis::CounterSample>> query(const rollout::Target& place, const std::string& url,
                                                             const std::string& query, TimePoint at,
                                                             std::stop_token stop) const = 0;
};

}  // namespace sluice::ports
