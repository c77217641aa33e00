// A release as the events in the journal keep it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/rollout/release.h"

namespace sluice::rollout {

boost::json::value to_json(const Release& release);
/// Error: InvalidInput naming the field.
Result<Release> read_release(const boost::json::value& value, std::string path);

}  // namespace sluice::rollout
