// Targets in the JSON of revisions.
#pragma once

#include <boost/json/fwd.hpp>

#include "core/rollout/object_reader.h"
#include "core/rollout/target.h"

namespace sluice::rollout {

/// Adds the target under the name of its kind. The machine goes without saying: its records are as they were before
/// there were other targets.
void add_target(boost::json::object& object, const Target& target);

/// The reverse; what is wrong is told to the reader.
void read_target(ObjectReader& reader, Target& target);

}  // namespace sluice::rollout
