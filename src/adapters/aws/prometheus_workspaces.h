// Queries to workspaces of Amazon Managed Service for Prometheus, which answer to signed requests only.
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/client_pool.h"
#include "core/rollout/prometheus_workspace.h"
#include "core/rollout/target.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class PrometheusWorkspaces {
 public:
  /// `clients` must outlive this.
  explicit PrometheusWorkspaces(ClientPool& clients) : clients_(clients) {}

  /// POSTs the form of an instant query (QueryMetrics of the service's user guide) and answers with a 2xx, whatever is
  /// in it. Signed for the workspace's own region, with the role of `place`. One attempt of at most `within`; what
  /// credentials need comes on top. Errors: InvalidInput (the place is not in AWS; the query is refused), Denied (with
  /// the permission that is missing), Failed (there is no such workspace), Unavailable, TimedOut, Cancelled.
  Result<ports::HttpResponse> query(const rollout::Target& place, const rollout::PrometheusWorkspace& workspace,
                                    const std::string& form, Milliseconds within, std::stop_token stop) const;

 private:
  ClientPool& clients_;
};

}  // namespace sluice::aws
