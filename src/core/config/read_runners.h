// What the section `runners` of sluice.yaml means.
#pragma once

#include <vector>

#include "core/config/reader.h"
#include "core/config/runner.h"

namespace sluice::config {

/// In the order of the file; reports sizes that Fargate does not have. `runners` may be null.
std::vector<EcsRunner> read_runners(Reader& reader, const yaml::Node* runners);

}  // namespace sluice::config
