// CloudWatch's figures of a load balancer's target groups, by GetMetricData.
#pragma once

#include <array>
#include <stop_token>
#include <string>

#include "adapters/aws/client.h"
#include "adapters/aws/forward_action.h"
#include "adapters/aws/minute_series.h"

namespace sluice::aws {

/// Of slots A and B.
using MinutesOfBoth = std::array<Minutes, 2>;

/// RequestCount, HTTPCode_Target_5XX_Count, UnHealthyHostCount and TargetResponseTime (p10 to p99, Maximum) of
/// both groups, in one call and its pages. `from` and `until` at whole minutes. Metrics: "CloudWatch metrics for your
/// Application Load Balancer" of AWS's guide. Error: those of the client; Unavailable when CloudWatch itself calls its
/// answer incomplete.
Result<MinutesOfBoth> metric_data(Client& client, const std::string& load_balancer, const TargetGroupPair& groups,
                                  TimePoint from, TimePoint until, const std::stop_token& stop);

}  // namespace sluice::aws
