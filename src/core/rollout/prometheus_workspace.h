// A workspace of Amazon Managed Service for Prometheus, recognised by the address at which it is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::rollout {

struct PrometheusWorkspace {
  std::string id;      ///< `ws-1a2b3c4d-…`
  std::string region;  ///< Where it is: requests to it are signed for this one.
  std::string host;    ///< As it was written, in lower case: the ordinary endpoint, FIPS, dual-stack or PrivateLink's.
  friend bool operator==(const PrometheusWorkspace&, const PrometheusWorkspace&) = default;
};

/// The workspace that an address is of; nothing for an address of any other server. The address ends with the
/// workspace's id or, as AWS shows it, with `/api/v1/query`. Hosts: "Amazon Managed Service for Prometheus endpoints
/// and quotas" of AWS's general reference; the path: QueryMetrics of the service's user guide. Error: InvalidInput (the
/// host is the service's, but this is no address of a workspace's queries).
Result<std::optional<PrometheusWorkspace>> workspace_at(std::string_view url);

}  // namespace sluice::rollout
