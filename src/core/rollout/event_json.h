// Events as the journal keeps them: one JSON object each, with `type` and, from the first commit on, the schema version
// `v`. Readers are strict; a record of a newer version is refused, never guessed at.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/rollout/event.h"
#include "core/rollout/plan.h"

namespace sluice::rollout {

/// Raised whenever a record written now could not be read by an older sluice. 3: alarms say what their threshold is
/// measured against and what a breach of BLUE's does, and a check says whether BLUE shows it. 4: plans carry the
/// settings of the comparison of both colours, and there is its decision. 6: thresholds may be multiples of what BLUE's
/// figure was before the start, which is an event, and a revision says where it runs. 7: a plan may be a member of a
/// release, which takes it back. 8: secrets may be in AWS, messages go to other places than Slack. 9: a plan names
/// alarms of CloudWatch that count, too. 10: a strategy may end its steps before their last figures are known,
/// and a plan says what the scan of the image must not have found. 11: figures of ends go to CloudWatch, and a plan
/// says when its commit was made.
inline constexpr int kEventSchema = 12;

/// `effect_failed`, `alarm_breached`, …
std::string_view type_name(const Event& event);

/// One line without a line end.
std::string to_text(const Event& event);
/// Errors: InvalidInput naming the field, or the newer schema version.
Result<Event> read_event(std::string_view text);

boost::json::value to_json(const Plan& plan);
Result<Plan> read_plan(const boost::json::value& value, std::string path = "");

}  // namespace sluice::rollout
