// The rules between the services of one environment.
#pragma once

#include <vector>

#include "core/config/configuration.h"
#include "core/config/reader.h"

namespace sluice::config {

/// No route twice; dependencies that exist and go in no circle. `services` is the mapping that they were read from.
void check_services(Reader& reader, const std::vector<Service>& read, const yaml::Node& services);

}  // namespace sluice::config
