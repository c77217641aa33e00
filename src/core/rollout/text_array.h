// A list of texts as JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

namespace sluice::rollout {

boost::json::array text_array(const std::vector<std::string>& texts);

}  // namespace sluice::rollout
