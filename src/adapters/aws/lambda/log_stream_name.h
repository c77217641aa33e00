// Names of the streams that Lambda logs to. Source: "Sending Lambda function logs to CloudWatch Logs" of the developer
// guide: `YYYY/MM/DD/[VERSION]ID`, in a log group of the user's own `YYYY/MM/DD/FUNCTION[VERSION][ID]`.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace sluice::aws::lambda {

/// The version whose instance wrote the stream; empty of `$LATEST`, of another function, and of what is no such name.
std::string version_of_stream(std::string_view stream, std::string_view function);

/// What the names of a version's streams of a day begin with. `is_own`: the group is the user's own.
std::string stream_prefix(TimePoint day, std::string_view function, std::string_view version, bool is_own);

}  // namespace sluice::aws::lambda
