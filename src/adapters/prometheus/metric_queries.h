// ports::MetricQueries by Prometheus' HTTP API (/api/v1/query, an instant query at a moment), of servers and of
// workspaces of Amazon Managed Service for Prometheus.
#pragma once

#include <functional>

#include "core/rollout/prometheus_workspace.h"
#include "ports/http_client.h"
#include "ports/metric_queries.h"

namespace sluice::prometheus {

/// POSTs a form to `/api/v1/query` of a workspace, signed with the credentials of `place`, and answers with a 2xx.
/// Errors as ports::MetricQueries has them.
using AskWorkspace =
    std::function<Result<ports::HttpResponse>(const rollout::Target& place, const rollout::PrometheusWorkspace&,
                                              const std::string& form, Milliseconds within, std::stop_token)>;

class MetricQueries final : public ports::MetricQueries {
 public:
  /// A query that takes longer than this is given up. Credentials for a workspace, when they are fetched or renewed,
  /// take their own time.
  static constexpr Milliseconds kWithin{3'000};

  /// `ask_workspace` is asked where the address is a workspace's; `http` must outlive this.
  MetricQueries(ports::HttpClient& http, AskWorkspace ask_workspace)
      : http_(http), ask_workspace_(std::move(ask_workspace)) {}

  /// A vector or a scalar. Of the labels only `le` is kept.
  Result<std::vector<analysis::CounterSample>> query(const rollout::Target& place, const std::string& url,
                                                     const std::string& query, TimePoint at,
                                                     std::stop_token stop) const override;

 private:
  Result<ports::HttpResponse> answer_at(const rollout::Target& place, const std::string& url, std::string form,
                                        std::stop_token stop) const;

  ports::HttpClient& http_;
  AskWorkspace ask_workspace_;
};

}  // namespace sluice::prometheus
