// What environments of AppConfig were given, as it was seen last: fleet and router look at the same.
#pragma once

#include "adapters/aws/appconfig/flag_deployment.h"
#include "adapters/aws/client_pool.h"
#include "adapters/aws/last_looks.h"
#include "core/rollout/service_key.h"
#include "core/rollout/target.h"
#include "ports/clock.h"

namespace sluice::aws::appconfig {

/// May be used from any number of threads at once.
class FlagHistories {
 public:
  /// Both must outlive this.
  FlagHistories(ClientPool& clients, const ports::Clock& clock) : clients_(clients), looks_(clock) {}

  /// Errors: those of FlagsApi::history.
  Result<FlagHistory> now(const rollout::ServiceKey& service, const rollout::FlagsTarget& place,
                          Priority priority = Priority::Ordinary);
  /// As old as LastLooks lets it be.
  Result<FlagHistory> recent(const rollout::ServiceKey& service, const rollout::FlagsTarget& place);
  /// Something was changed: the next look is a fresh one.
  void forget(const rollout::ServiceKey& service) { looks_.forget(service); }
  void forget_all() { looks_.forget_all(); }

 private:
  ClientPool& clients_;
  LastLooks<rollout::ServiceKey, FlagHistory> looks_;
};

}  // namespace sluice::aws::appconfig
