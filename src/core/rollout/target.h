// Where a revision runs, and what that means for the figures that come from there.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace sluice::rollout {

/// The machine that sluice runs on.
struct MachineTarget {
  friend bool operator==(const MachineTarget&, const MachineTarget&) = default;
};

/// A service of Amazon ECS with the deployment controller EXTERNAL behind an Application Load Balancer. The nouns are
/// AWS's own.
struct EcsTarget {
  std::string region;                      ///< `eu-west-1`
  std::string role;                        ///< ARN of the role that is taken on; empty: none.
  std::string cluster;                     ///< Name or ARN.
  std::string service;                     ///< Name.
  std::string container;                   ///< The one whose image is replaced, and that takes the traffic.
  std::vector<std::string> target_groups;  ///< Two, names or ARNs: of router slot A, then B.
  std::vector<std::string> rules;          ///< ARNs of the listener rules whose weights are moved; no other is touched.
  friend bool operator==(const EcsTarget&, const EcsTarget&) = default;
};

/// `…:listener-rule/app/NAME/LB/LISTENER/RULE` to `…:listener/app/NAME/LB/LISTENER`; empty when it is no rule's ARN.
std::string listener_of(const std::string& rule_arn);

using Target = std::variant<MachineTarget, EcsTarget>;

/// How finely figures come, and how late.
struct TelemetryTiming {
  Milliseconds grain{100};  ///< A figure covers so much, aligned to the epoch.
  Milliseconds delay{0};    ///< So long after its end it is there, at the latest.
};

/// The machine's router tells of each request at once. CloudWatch has a figure a minute of a load balancer
/// (`load-balancer-cloudwatch-metrics` of AWS's guide to Application Load Balancers), published within two minutes.
TelemetryTiming telemetry_timing(const Target& target);

}  // namespace sluice::rollout
