// Workflow runs as the JSON objects that commands print.
#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "ports/run_journal.h"

namespace sluice::server {

/// A line of `status` for a run without an end; `type` is `workflow_run`.
boost::json::object run_view(const ports::RunRecord& run);
/// A line of `history`; `type` is `ended_run`.
boost::json::object ended_run_view(const ports::RunRecord& run);
/// What the run told while it went on, without the output of its steps: that is in its logs.
std::vector<boost::json::object> run_events(const ports::RunRecord& run);

}  // namespace sluice::server
