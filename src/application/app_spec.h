// A deployment as an AppSpec file of CodeDeploy describes it, carried out by sluice.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "core/appspec/app_spec.h"
#include "core/config/configuration.h"
#include "core/rollout/function_code.h"
#include "core/rollout/plan.h"
#include "ports/fleet.h"

namespace sluice::application {

/// Lambda lets no function run longer (`Timeout` of its CreateFunction), so a hook of an AppSpec file has so long.
inline constexpr Milliseconds kAppSpecHookWithin = std::chrono::minutes{15};

/// Errors: NotFound, InvalidInput with every finding, a line each.
Result<appspec::AppSpec> load_app_spec(const std::string& path);

/// The version that the file says is deployed; nothing for a service of ECS. `other_code`: what `--code` or `--image`
/// name, nothing else may be. Error: InvalidInput (also a file of the other kind than the service).
Result<std::optional<rollout::PublishedVersion>> version_named_by(const appspec::AppSpec& spec,
                                                                  const config::Service& service,
                                                                  const std::string& other_code);

/// Puts the file's hooks behind the plan's own (with CodeDeploy's engine: into what CodeDeploy is asked for, which
/// invokes them itself), and its terms into GREEN's target. Error: InvalidInput with the file's place: a resource of
/// another kind, function or alias than the service's, or a hook that has no sense there.
Status apply_app_spec(const appspec::AppSpec& spec, rollout::Plan& plan);

/// `fleet`'s account of what serves. Errors: those of ports::Fleet::serving; InvalidInput (the file's container is
/// another than the service's: both are checked against the task definition), Conflict (the alias points at another
/// version than the file's CurrentVersion). Blocks.
Result<std::optional<ports::Serving>> serving_for_app_spec(const appspec::AppSpec& spec, const rollout::Plan& plan,
                                                           ports::Fleet& fleet);

}  // namespace sluice::application
