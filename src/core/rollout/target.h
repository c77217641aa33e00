// Where a revision runs, and what that means for the figures that come from there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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
  std::string url;        ///< Where users' requests enter, without a slash at the end; empty: not known.
  std::string test_rule;  ///< ARN of the listener rule that leads to GREEN from the start; empty: none.
  std::string test_url;   ///< Where requests enter that this rule takes; empty exactly where `test_rule` is.
  friend bool operator==(const EcsTarget&, const EcsTarget&) = default;
};

/// `…:listener-rule/app/NAME/LB/LISTENER/RULE` to `…:listener/app/NAME/LB/LISTENER`; empty when it is no rule's ARN.
std::string listener_of(const std::string& rule_arn);

/// A function of AWS Lambda behind an alias. A revision is a published version; the alias's weights are moved. The
/// nouns are AWS's own.
struct LambdaTarget {
  std::string region;
  std::string role;                 ///< ARN of the role that is taken on; empty: none.
  std::string function;             ///< Name or ARN, without a qualifier.
  std::string alias;                ///< Name: what invokes the function names it.
  int provisioned_concurrency = 0;  ///< Of each version that has traffic; 0: none is set and none removed.
  std::string url;                  ///< As that of EcsTarget: of what invokes the alias.
  friend bool operator==(const LambdaTarget&, const LambdaTarget&) = default;
};

/// The last part of a function's ARN, or the name itself.
std::string name_of_function(const LambdaTarget& target);

/// Which of API Gateway's two interfaces an API has.
enum class ApiKind {
  Rest,  ///< REST APIs.
  V2,    ///< HTTP and WebSocket APIs.
};

std::string_view to_string(ApiKind kind);
std::optional<ApiKind> parse_api_kind(std::string_view name);

/// A stage of an API of Amazon API Gateway. A revision is a deployment of the API; the stage points at one. The nouns
/// are AWS's own.
struct GatewayTarget {
  std::string region;
  std::string role;  ///< ARN of the role that is taken on; empty: none.
  ApiKind kind = ApiKind::Rest;
  std::string api;    ///< Its id.
  std::string stage;  ///< Name.
  std::string
      definition;   ///< OpenAPI file, relative to the folder of sluice.yaml; empty: what the API has is deployed.
  std::string url;  ///< As that of EcsTarget.
  friend bool operator==(const GatewayTarget&, const GatewayTarget&) = default;
};

using Target = std::variant<MachineTarget, EcsTarget, LambdaTarget, GatewayTarget>;

/// For people: `the alias live of the function overflow in eu-west-1`. The same for two targets exactly where a service
/// can go from one to the other while it is live.
std::string describe_place(const Target& target);

/// Whether GREEN can be asked before users' requests reach it.
bool has_test_traffic(const Target& target);

/// How finely figures come, and how late.
struct TelemetryTiming {
  Milliseconds grain{100};  ///< A figure covers so much, aligned to the epoch.
  Milliseconds delay{0};    ///< So long after its end it is there, at the latest.
};

/// The machine's router tells of each request at once. CloudWatch has a figure a minute of a load balancer
/// (`load-balancer-cloudwatch-metrics` of AWS's guide to Application Load Balancers) and of a function
/// (`monitoring-metrics` of Lambda's developer guide), published within two minutes. Of a stage no figures are read.
TelemetryTiming telemetry_timing(const Target& target);

}  // namespace sluice::rollout
