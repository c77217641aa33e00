// One statement of a policy document of IAM.
#pragma once

#include <boost/json/object.hpp>
#include <set>
#include <string>

namespace sluice::iam {

using Names = std::set<std::string>;

boost::json::array array_of(const Names& names);
/// Allows the actions on the resources, under the condition where there is one.
boost::json::object statement(const char* sid, const Names& actions, const Names& resources,
                              boost::json::object condition = {});
boost::json::object equals(const char* key, const char* value);

}  // namespace sluice::iam
