// One service as it holds in one environment.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// `member`: the service's name and values. `environment`: the merged values of its environment, whose strategy and
/// alarms lie under the service's own. `target`: where the environment is; in AWS with its region and role.
Service read_service(Reader& reader, const yaml::Member& member, const yaml::Node& environment,
                     const rollout::Target& target);

}  // namespace sluice::config
