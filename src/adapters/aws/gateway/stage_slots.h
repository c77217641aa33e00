// Which deployment a service's router slots have, between the starts of sluice: a rollback goes on after a restart
// before anybody has said it anew. A small file for each service.
#pragma once

#include <string>

#include "adapters/aws/gateway/stage_split.h"
#include "adapters/aws/service_notes.h"
#include "base/result.h"
#include "core/rollout/service_key.h"

namespace sluice::aws::gateway {

/// May be used from any number of threads at once.
class StageSlots {
 public:
  /// `files` must outlive this.
  explicit StageSlots(KeptFiles& files);

  /// Both are empty of a service that nobody has told of. Error: Unavailable (the file is damaged).
  Result<Slots> read(const rollout::ServiceKey& service) const;
  /// Durable when it has returned; an empty `deployment`: the slot has none any more. Error: Unavailable.
  Status note(const rollout::ServiceKey& service, rollout::Slot slot, const std::string& deployment);

 private:
  ServiceNotes<Slots> slots_;
};

}  // namespace sluice::aws::gateway
