// What the keys of sluice.yaml mean for a service of ECS whose traffic CodeDeploy moves.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// Fills `EcsTarget::codedeploy` of a service with `engine: codedeploy`, whose strategy and alarms are read already.
/// Reports steps that its deployment configuration does not go through, with the nearest that can be expressed; bakes
/// that would be judged after CodeDeploy has moved on; and alarms that hold, since nothing is held there. Without the
/// engine, reports its keys.
void read_codedeploy(Reader& reader, const yaml::Node& node, Service& service);

}  // namespace sluice::config
