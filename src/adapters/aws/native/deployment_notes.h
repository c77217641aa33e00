// Which service deployment of ECS is sluice's: nothing of a deployment says who began it. A small file for each
// service.
#pragma once

#include <optional>
#include <string>

#include "adapters/aws/service_notes.h"
#include "base/result.h"
#include "core/rollout/service_key.h"

namespace sluice::aws::native {

/// Kept before ECS is asked: a deployment of `definition` that is not `before` is the one that was asked for.
struct DeploymentNote {
  std::string revision;    ///< GREEN's id.
  std::string definition;  ///< ARN of its task definition.
  std::string before;      ///< ARN of the service's last deployment when it was asked for; empty: it had none.
  friend bool operator==(const DeploymentNote&, const DeploymentNote&) = default;
};

/// May be used from any number of threads at once.
class DeploymentNotes {
 public:
  /// `files` must outlive this.
  explicit DeploymentNotes(KeptFiles& files);

  /// Nothing when none is under way. Error of each: Unavailable (the file is damaged, or cannot be written).
  Result<std::optional<DeploymentNote>> of(const rollout::ServiceKey& service) const;
  /// Durable when it has returned.
  Status note(const rollout::ServiceKey& service, const DeploymentNote& note);
  /// It has ended.
  Status forget(const rollout::ServiceKey& service);

 private:
  ServiceNotes<DeploymentNote> notes_;
};

}  // namespace sluice::aws::native
