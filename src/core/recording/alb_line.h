// A request as AWS' application load balancer logs it. The fields are described in "Access logs for your Application
// Load Balancer" (Elastic Load Balancing user guide); separated by blanks, texts in quotes.
#pragma once

#include <string_view>

#include "core/recording/recorded_line.h"

namespace sluice::recording {

/// The arms are parts of the target group's name: the line is of the colour whose name its ARN holds. A line of another
/// target group is of no interest. The time is that of the answer, and the latency the sum of the three times.
RecordedLine parse_alb_line(std::string_view text, const ArmNames& arms);

/// Whether the line begins as one of this format does.
bool is_alb_line(std::string_view text);

}  // namespace sluice::recording
