// What the keys of sluice.yaml mean for a service of ECS whose traffic CodeDeploy moves.
#pragma once

#include <vector>

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// GREEN's share after each traffic step, in percent.
std::vector<int> shares_of_steps(const rollout::Strategy& strategy);

/// Between the end of a bake and its verdict: until the figures are there, a comparison's extension, and some seconds.
Milliseconds judged_after(const Service& service);

/// Fills `EcsTarget::codedeploy` of a service with `engine: codedeploy`, whose strategy and alarms are read already.
/// Reports steps that its deployment configuration does not go through, with the nearest that can be expressed; bakes
/// that would be judged after CodeDeploy has moved on; and alarms that hold, since nothing is held there. Without the
/// engine, reports its keys; `engine` itself is ecs-native's, too.
void read_codedeploy(Reader& reader, const yaml::Node& node, Service& service);

}  // namespace sluice::config
