// JSON as the form of AWS's query protocol: `Actions.member.1.Type=forward`.
// Rules: "AWS query protocol" of the Smithy specification. None of the services here has flattened lists.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace sluice::aws {

/// `Action=…&Version=…` and the members of `input`. Booleans and numbers as text; null members are left out; an array
/// under the key `entry` is a map's entries, as `answer_of_xml` gives them back.
std::string form_body(const std::string& operation, const std::string& api_version, const boost::json::object& input);

}  // namespace sluice::aws
