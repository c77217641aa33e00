// What a new service or task set takes over of the one before, as it is.
#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string_view>

namespace sluice::aws {

/// Copies the members of these names that say something: neither null, false, 0 nor empty, nor the text `NONE`.
void carry_members(const boost::json::object& from, std::span<const std::string_view> names, boost::json::object& into);

/// Those of a task set, or of a service that has none, that say how its tasks run: network, launch type or capacity
/// providers, platform version and service registries.
void carry_task_set_members(const boost::json::object& from, boost::json::object& into);

}  // namespace sluice::aws
