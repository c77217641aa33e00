// One service as it holds in one environment.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// What an environment says of where its services are.
struct EnvironmentPlace {
  const rollout::Target& target;              ///< In AWS with its region and role.
  const std::vector<std::string>& witnesses;  ///< Alarms of CloudWatch that count for all of them.
  const std::optional<rollout::ScanGate>& scan_gate;
};

/// `member`: the service's name and values. `environment`: the merged values of its environment, whose strategy and
/// alarms lie under the service's own.
Service read_service(Reader& reader, const yaml::Member& member, const yaml::Node& environment,
                     const EnvironmentPlace& place);

}  // namespace sluice::config
