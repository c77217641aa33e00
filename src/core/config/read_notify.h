// The section `notify`: who is told of deployments, and where metrics of them go.
#pragma once

#include <vector>

#include "core/config/reader.h"
#include "core/rollout/message_target.h"

namespace sluice::config {

/// `access`: as whom the environment asks AWS; a message goes to AWS as the same.
std::vector<rollout::MessageTarget> read_notify(Reader& reader, const yaml::Node* notify,
                                                const rollout::AwsAccess& access);

}  // namespace sluice::config
