// What AWS's query protocol answers, as JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

/// The content of `<OperationResult>` (of the root, where there is none). An element with children `member` is an
/// array, any other with children an object, one without is its text (never a number: nothing is lost); an empty
/// element is "". A map is the object `{"entry": [{"key": …, "value": …}]}`. Error: Failed when it is no XML, or is
/// nested deeper than 64.
Result<boost::json::value> answer_of_xml(std::string_view xml, const std::string& operation);

}  // namespace sluice::aws
