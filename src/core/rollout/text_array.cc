#include "core/rollout/text_array.h"

#include <boost/json.hpp>

namespace sluice::rollout {

boost::json::array text_array(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

}  // namespace sluice::rollout
