// A deployment of a version to an environment of AppConfig, as AppConfig tells of it.
// Source: DeploymentSummary of AppConfig's API reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::aws::appconfig {

enum class DeploymentState { Validating, Deploying, Baking, Complete, RollingBack, RolledBack, Reverted };

/// As AppConfig writes it: `DEPLOYING`.
std::string_view to_string(DeploymentState state);
std::optional<DeploymentState> parse_deployment_state(std::string_view name);

struct FlagDeployment {
  int number = 0;       ///< Counts up in its environment, over all profiles.
  std::string profile;  ///< Id.
  std::string version;  ///< Number of the hosted version.
  DeploymentState state = DeploymentState::Complete;
  double percentage = 0;  ///< Of the clients that are given it.
  friend bool operator==(const FlagDeployment&, const FlagDeployment&) = default;

  bool is_under_way() const {
    return state == DeploymentState::Validating || state == DeploymentState::Deploying ||
           state == DeploymentState::Baking;
  }
  bool is_taken_back() const {
    return state == DeploymentState::RollingBack || state == DeploymentState::RolledBack ||
           state == DeploymentState::Reverted;
  }
};

/// What an environment was given.
struct FlagHistory {
  std::vector<FlagDeployment> deployments;  ///< Of one profile, the newest first.
  int newest = 0;                           ///< Number of the environment's newest, of whatever profile; 0: none.
  friend bool operator==(const FlagHistory&, const FlagHistory&) = default;

  /// The version that clients have where no deployment is under way; null: none was ever completed.
  const FlagDeployment* in_force() const;
};

}  // namespace sluice::aws::appconfig
