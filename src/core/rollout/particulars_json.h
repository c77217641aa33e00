// The particulars of a decision as JSON: in the journal, and for programs that read what the command line prints.
#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "core/analysis/particulars.h"

namespace sluice::rollout {

/// {"worst_route": null or {"route", "by": "errors" or "latency", "green": {"requests", "errors", "timed",
/// "milliseconds"}, "blue": …}, "request_ids": […], "error_lines": […]}
boost::json::value to_json(const analysis::Particulars& particulars);
Result<analysis::Particulars> read_particulars(const boost::json::value& value, std::string path);

}  // namespace sluice::rollout
