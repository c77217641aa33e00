// The last deployment of a service, and whether it is the one that sluice asked for.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/native/deployment_notes.h"
#include "adapters/aws/native/native_service.h"
#include "base/result.h"

namespace sluice::aws::native {

struct LastDeployment {
  std::optional<ServiceDeployment> deployment;  ///< Whatever became of it.
  std::optional<DeploymentNote> note;           ///< What was asked for, and has not ended here yet.
  bool is_ours = false;                         ///< `deployment` is what `note` is of.

  bool is_active() const { return deployment && deployment->is_active(); }
  /// Of somebody else, and under way.
  bool is_foreign() const { return is_active() && !is_ours; }
  /// One was asked for, and is not told of: it was not begun, or reads are behind.
  bool is_awaited() const { return note && !is_ours && !is_active(); }
};

/// Errors: Unavailable (ECS does not tell yet what it deploys), those of the client.
Result<LastDeployment> last_deployment(const NativeService& service, const DeploymentNotes& notes,
                                       const rollout::ServiceKey& key, Priority priority, const std::stop_token& stop);

/// Conflict: `service` has a deployment under way that nobody here asked for, and what to do.
Error foreign_deployment(const NativeService& service, const ServiceDeployment& deployment);

}  // namespace sluice::aws::native
