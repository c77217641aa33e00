// `sluice doctor --environment`: what the keys in use lack for an environment in AWS, and what of it is not as a
// deployment needs it. Looks, and changes nothing.
#pragma once

#include <functional>
#include <vector>

#include "application/doctor.h"
#include "core/config/configuration.h"
#include "ports/fleet.h"
#include "ports/permissions.h"
#include "ports/service_log.h"

namespace sluice::application {

struct EnvironmentDoctorPorts {
  ports::Permissions& permissions;
  std::function<ports::Fleet&(const rollout::Target&)> fleet_of;
  /// What the replicas of a revision have used lately, asked for now: as ports::ServiceLog has it.
  std::function<Result<std::vector<ports::UtilizationSlot>>(const rollout::ServiceKey&, const rollout::Target&,
                                                            const std::string& revision_id)>
      utilization_of;
};

/// First whose keys they are, then a finding for each action that is denied of those that `iam::policy_of` allows, then
/// one for each service: that it can be deployed, or why not; and where alarms are on what its own replicas use,
/// whether that is measured. Blocks.
std::vector<DoctorFinding> examine(const config::Environment& environment, const EnvironmentDoctorPorts& ports);

}  // namespace sluice::application
