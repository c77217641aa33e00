#include "adapters/aws/native/last_deployment.h"

#include <fmt/format.h>

namespace sluice::aws::native {

Result<LastDeployment> last_deployment(const NativeService& service, const DeploymentNotes& notes,
                                       const rollout::ServiceKey& key, Priority priority, const std::stop_token& stop) {
  LastDeployment found;
  TRY_ASSIGN(found.note, notes.of(key));
  TRY_ASSIGN(found.deployment, service.last(priority, stop));
  if (!found.note || !found.deployment || found.deployment->arn == found.note->before) return found;
  if (found.deployment->target.empty()) {
    if (!found.deployment->is_active()) return found;
    return Error{ErrorKind::Unavailable, found.deployment->account() + ", and does not tell yet what it deploys"};
  }
  TRY_ASSIGN(const auto target, service.revisions({found.deployment->target}, priority, stop));
  found.is_ours = !target.empty() && target.front().task_definition == found.note->definition;
  return found;
}

Error foreign_deployment(const NativeService& service, const ServiceDeployment& deployment) {
  return {ErrorKind::Conflict,
          fmt::format("the {} has a deployment under way that sluice did not begin ({}): let it end, or take it back "
                      "(aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn {})",
                      service.name(), deployment.account(), deployment.arn)};
}

}  // namespace sluice::aws::native
