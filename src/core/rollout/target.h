// Where a revision runs, and what that means for the figures that come from there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/rollout/aws_access.h"
#include "core/rollout/codedeploy_moves.h"
#include "core/rollout/native_moves.h"

namespace sluice::rollout {

/// The machine that sluice runs on.
struct MachineTarget {
  friend bool operator==(const MachineTarget&, const MachineTarget&) = default;
};

struct CapacityProvider {
  std::string name;
  int base = 0;
  int weight = 0;
  friend bool operator==(const CapacityProvider&, const CapacityProvider&) = default;
};

/// What an AppSpec file says of the task set that is made. What is empty or 0 is as BLUE has it.
struct TaskSetTerms {
  std::string task_definition;  ///< ARN, or `family:revision`: is carried over in place of BLUE's.
  int port = 0;                 ///< Of the container.
  std::string platform_version;
  std::vector<std::string> subnets;  ///< Where there are some, these three are the whole network configuration.
  std::vector<std::string> security_groups;
  std::string assign_public_ip;  ///< `ENABLED`, `DISABLED`
  std::vector<CapacityProvider> capacity_providers;
  friend bool operator==(const TaskSetTerms&, const TaskSetTerms&) = default;
};

/// AWS CodeDeploy as what makes the task sets and moves the weights; the nouns are CodeDeploy's own.
struct CodeDeployEngine {
  std::string application;
  std::string deployment_group;
  std::string configuration;    ///< The deployment configuration's name: by it the traffic moves.
  CodeDeployMoves moves = {};   ///< What that configuration says.
  Milliseconds blue_needed{0};  ///< So long after 100% BLUE must still be there.
  std::vector<std::pair<std::string, std::string>> hooks;  ///< Event and function, which CodeDeploy itself invokes.
  friend bool operator==(const CodeDeployEngine&, const CodeDeployEngine&) = default;
};

/// ECS's own service deployments as what makes the tasks and moves the weights. They stop before each traffic step, and
/// before BLUE's end, at a pause hook that sluice answers.
struct NativeEngine {
  NativeMoves moves = {};
  Milliseconds patience{0};  ///< So long ECS waits at a pause; then it takes GREEN back. Whole minutes.
  friend bool operator==(const NativeEngine&, const NativeEngine&) = default;
};

/// A service of Amazon ECS with the deployment controller EXTERNAL (or CODE_DEPLOY or ECS, with their engines) behind
/// an Application Load Balancer. The nouns are AWS's own.
struct EcsTarget {
  std::string region;                      ///< `eu-west-1`
  std::string role;                        ///< ARN of the role that is taken on; empty: none.
  std::string cluster;                     ///< Name or ARN.
  std::string service;                     ///< Name.
  std::string container;                   ///< The one whose image is replaced, and that takes the traffic.
  std::vector<std::string> target_groups;  ///< Two, names or ARNs: of router slot A, then B.
  std::vector<std::string> rules;          ///< ARNs of the listener rules whose weights are moved; no other is touched.
  std::string url;          ///< Where users' requests enter, without a slash at the end; empty: not known.
  std::string test_rule;    ///< ARN of the listener rule that leads to GREEN from the start; empty: none.
  std::string test_url;     ///< Where requests enter that this rule takes; empty exactly where `test_rule` is.
  TaskSetTerms terms = {};  ///< Of the revision's own task set.
  /// At most one of both; neither: sluice makes the task sets and moves the weights.
  std::optional<CodeDeployEngine> codedeploy = {};
  std::optional<NativeEngine> native = {};
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

/// The last part of a function's ARN, or the name itself. `function`: without a qualifier.
std::string name_of_function(const std::string& function);

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

/// Feature flags of AWS AppConfig. A revision is a hosted version of the configuration profile; which one the
/// environment has been given is the traffic. The nouns are AWS's own.
struct FlagsTarget {
  std::string region;
  std::string role;         ///< ARN of the role that is taken on; empty: none.
  std::string application;  ///< Its id.
  std::string profile;      ///< Id of the configuration profile, which is of the type AWS.AppConfig.FeatureFlags.
  std::string environment;  ///< Its id.
  std::string strategy;     ///< Id of the deployment strategy by which a new version grows.
  std::string definition;   ///< File of the flags, relative to the folder of sluice.yaml.
  Milliseconds within{};    ///< How long a deployment by that strategy may take, its bake included.
  friend bool operator==(const FlagsTarget&, const FlagsTarget&) = default;
};

/// All clients at once, and then AppConfig bakes for ten minutes: one of the deployment strategies that every account
/// has. Taken for the way back where AppConfig cannot revert.
inline constexpr std::string_view kFastestStrategy = "AppConfig.AllAtOnce";

using Target = std::variant<MachineTarget, EcsTarget, LambdaTarget, GatewayTarget, FlagsTarget>;

/// Nothing for a target that is not in AWS.
std::optional<AwsAccess> access_of(const Target& target);

/// For people: `the alias live of the function overflow in eu-west-1`. The same for two targets exactly where a service
/// can go from one to the other while it is live.
std::string describe_place(const Target& target);

/// Whether GREEN can be asked before users' requests reach it.
bool has_test_traffic(const Target& target);

/// Whether sluice decides how long a share of the traffic stays as it is. CodeDeploy goes on by its own clock.
bool can_hold(const Target& target);

/// Whether sluice itself writes the weights: where others do, a split that is not as wanted can only be told.
bool writes_weights(const Target& target);

/// How finely figures come, and how late.
struct TelemetryTiming {
  Milliseconds grain{100};  ///< A figure covers so much, aligned to the epoch.
  Milliseconds delay{0};    ///< So long after its end it is there, at the latest.
};

/// The machine's router tells of each request at once. CloudWatch has a figure a minute of a load balancer
/// (`load-balancer-cloudwatch-metrics` of AWS's guide to Application Load Balancers) and of a function
/// (`monitoring-metrics` of Lambda's developer guide), published within two minutes. Of a stage and of flags no figures
/// are read.
TelemetryTiming telemetry_timing(const Target& target);

}  // namespace sluice::rollout
