// ports::MetricQueries by Prometheus' HTTP API (/api/v1/query, an instant query at a moment).
#pragma once

#include "ports/http_client.h"
#include "ports/metric_queries.h"

namespace sluice::prometheus {

class MetricQueries final : public ports::MetricQueries {
 public:
  /// A query that takes longer than this is given up.
  static constexpr Milliseconds kWithin{3'000};

  explicit MetricQueries(ports::HttpClient& http) : http_(http) {}

  /// A vector or a scalar. Of the labels only `le` is kept.
  Result<std::vector<analysis::CounterSample>> query(const std::string& url, const std::string& query, TimePoint at,
                                                     std::stop_token stop) const override;

 private:
  ports::HttpClient& http_;
};

}  // namespace sluice::prometheus
