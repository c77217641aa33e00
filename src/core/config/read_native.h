// What the keys of sluice.yaml mean for a service of ECS that ECS's own deployments move.
#pragma once

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// Fills `EcsTarget::native` of a service with `engine: ecs-native`, whose strategy and hooks are read already. Reports
/// steps that none of ECS's strategies goes by, with the nearest that one does, and a bake or a hold that is longer
/// than ECS waits at a pause.
void read_native(Reader& reader, const yaml::Node& node, Service& service);

}  // namespace sluice::config
