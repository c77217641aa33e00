// A deployment of an API: what its description says of the revision that it is, since API Gateway keeps nothing else by
// which it could be found again.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/origin.h"
#include "core/rollout/service_key.h"

namespace sluice::aws::gateway {

struct ApiDeployment {
  std::string id;
  std::string description;
  std::string status;          ///< `PENDING`, `FAILED`, `DEPLOYED`; of a REST API always `DEPLOYED`.
  std::string status_message;  ///< Why it failed.
  friend bool operator==(const ApiDeployment&, const ApiDeployment&) = default;
};

/// The deployment that is this revision of the service; null when there is none. Of two of them, which a call whose
/// answer was lost may have left, always the same one.
const ApiDeployment* find_revision(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
                                   std::string_view revision);

/// So many of each service stay, the newest, so that a rollback finds them. API Gateway has room for more, and those of
/// rollouts that failed are among them.
inline constexpr std::size_t kKeptDeployments = 10;

/// Ids of those deployments of the service, made by sluice, that are older than the newest kKeptDeployments of them and
/// that nothing uses; oldest first.
std::vector<std::string> too_old(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
                                 const std::set<std::string>& used);

/// Whether the service has a deployment of a newer revision: then one that is not there was deleted, and was not only
/// not made yet.
bool has_newer(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
               std::string_view revision);

}  // namespace sluice::aws::gateway
