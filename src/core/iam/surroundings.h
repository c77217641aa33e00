// What an environment needs of AWS beside its services: secrets, metrics of the user's own, messages, images.
#pragma once

#include <boost/json/array.hpp>

#include "core/config/configuration.h"

namespace sluice::iam {

/// The statements, of a machine's environment too. Secrets that ECS reads itself are looked at, never read; the role
/// that executes the tasks reads them. None: an empty list.
boost::json::array surroundings_of(const config::Environment& environment);

}  // namespace sluice::iam
