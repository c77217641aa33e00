// An AppSpec file of AWS CodeDeploy, for Amazon ECS or AWS Lambda: what is deployed, and which functions are asked at
// which points. YAML or JSON. The nouns are CodeDeploy's own.
// Source: "CodeDeploy AppSpec file reference" of CodeDeploy's user guide. Its pages write the keys both in camel case
// and in lower case, so case does not count here; that of values does.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/position.h"
#include "core/rollout/lifecycle_hook.h"
#include "core/rollout/target.h"

namespace sluice::appspec {

/// What stands in TaskDefinition until whoever deploys fills it in.
inline constexpr std::string_view kPlaceholder = "<TASK_DEFINITION>";

/// AWS::ECS::Service
struct EcsService {
  std::string container;        ///< ContainerName
  Position container_at;        ///< Of ContainerName's value, or of the properties.
  rollout::TaskSetTerms terms;  ///< ContainerPort and all that is optional; no task definition for the placeholder.
};
/// AWS::Lambda::Function. The versions are numbers.
struct LambdaFunction {
  std::string name;
  std::string alias;
  std::string current_version;
  std::string target_version;
  Position at;
};

struct Hook {
  rollout::HookPoint point = rollout::HookPoint::BeforeAllowTraffic;
  std::string function;  ///< Name or ARN.
  Position at;
};

struct AppSpec {
  std::string file;
  std::variant<EcsService, LambdaFunction> resource;
  std::vector<Hook> hooks;  ///< In the order of the file.
};

/// The file, when no finding is an error. Findings: what is missing, of another form, or unknown (with the nearest
/// name); a hook at a lifecycle event that CodeDeploy has for itself; a file for EC2 or servers of one's own.
struct ParsedAppSpec {
  std::optional<AppSpec> spec;
  Findings findings;
};
ParsedAppSpec parse(std::string_view text, std::string_view file);

/// `appspec.yaml`, `appspec.yml` or `appspec.json`.
bool is_file_name(std::string_view name);

}  // namespace sluice::appspec
