// Members of JSON answers that may be absent or of another type than they should be.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::aws {

/// Each is empty, 0 or null for a member that is not there or is something else.
std::string text_member(const boost::json::object& object, std::string_view name);
int number_member(const boost::json::object& object, std::string_view name);
const boost::json::array* array_member(const boost::json::object& object, std::string_view name);
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

}  // namespace sluice::aws
