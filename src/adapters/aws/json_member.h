// Members of JSON answers that may be absent or of another type than they should be.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::aws {

/// Each is empty, 0, false or null for a member that is not there or is something else.
std::string text_member(const boost::json::object& object, std::string_view name);
int number_member(const boost::json::object& object, std::string_view name);
/// Of whole numbers, too.
double real_member(const boost::json::object& object, std::string_view name);
bool flag_member(const boost::json::object& object, std::string_view name);
const boost::json::array* array_member(const boost::json::object& object, std::string_view name);
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

/// The items of an array that are objects, in its order; they live as long as `object`.
std::vector<const boost::json::object*> objects_in(const boost::json::object& object, std::string_view name);
/// Likewise those that are texts.
std::vector<std::string> texts_in(const boost::json::object& object, std::string_view name);
/// The members of an object that are texts, by their names.
std::map<std::string, std::string> texts_by_name(const boost::json::object& object, std::string_view name);
boost::json::array array_of(const std::vector<std::string>& texts);
/// The first item of an array; null when there is none, or it is no object.
const boost::json::object* first_object_in(const boost::json::object& object, std::string_view name);

}  // namespace sluice::aws
