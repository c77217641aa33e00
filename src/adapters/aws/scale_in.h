// Scaling in of ECS services is suspended while two task sets of one run: a policy sees the average of both, which is
// lower than that of the one that serves, and would take its tasks away. ECS does the same in deployments of its own
// ("Service auto scaling and deployments" of its developer guide).
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/kept_files.h"
#include "core/rollout/service_key.h"
#include "core/rollout/target.h"

namespace sluice::aws {

/// May be used from any number of threads at once, as long as calls for one service come one after the other.
class ScaleIn {
 public:
  /// Both must outlive this.
  ScaleIn(KeptFiles& files, ClientPool& clients) : files_(files), clients_(clients) {}

  /// Where Application Auto Scaling scales the service, and may scale it in: no longer, and a file remembers that it is
  /// sluice's doing. Scaling out goes on. May be repeated. Errors: those of the client and of KeptFiles.
  Status hold(const rollout::ServiceKey& service, const rollout::EcsTarget& place, const std::stop_token& stop);
  /// May be scaled in again, where `hold` has suspended that; also after a restart. May be repeated. Errors likewise.
  Status release(const rollout::ServiceKey& service, const rollout::EcsTarget& place);

 private:
  KeptFiles& files_;
  ClientPool& clients_;
};

}  // namespace sluice::aws
