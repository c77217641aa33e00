// Where messages go, as the journal keeps it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/rollout/message_target.h"

namespace sluice::rollout {

/// One member names the kind of place: `slack_webhook` alone before schema 8.
boost::json::value to_json(const MessageTarget& target);
/// `path` is the RFC 6901 pointer of `value` in the record that it stands in. Error: InvalidInput.
Result<MessageTarget> read_message_target(const boost::json::value& value, std::string path = "");

}  // namespace sluice::rollout
