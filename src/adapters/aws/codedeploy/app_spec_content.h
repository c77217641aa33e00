// The AppSpec content of a deployment that CodeDeploy is asked for.
// Source: "AppSpec 'resources' section" of CodeDeploy's user guide.
#pragma once

#include <string>

#include "core/rollout/target.h"

namespace sluice::aws::codedeploy {

/// JSON: the task definition in the container and port that take the traffic, what the place's terms say, and the hooks
/// that CodeDeploy invokes itself.
std::string app_spec_content(const rollout::EcsTarget& place, const std::string& task_definition, int port);

}  // namespace sluice::aws::codedeploy
