// The files that `sluice init --aws` writes to start from: an environment of ECS, and the same infrastructure twice,
// for CloudFormation and for Terraform.
#pragma once

#include <string>
#include <vector>

#include "core/config/starter.h"

namespace sluice::config {

/// The values of sluice.yaml that only the finished infrastructure knows begin with this, and go on with the name of
/// the output that belongs there. No value of such a form passes the checks.
inline constexpr std::string_view kPlaceholder = "FILL_IN_";

/// The same facts with a name that AWS takes everywhere: 2 to 26 characters, since `NAME-green` is a target group's
/// (at most 32, API_CreateTargetGroup), and a repository's of ECR has two at least.
RepositoryFacts for_aws(RepositoryFacts facts);

/// sluice.yaml with the environment `production`, for facts from `for_aws`. It passes `config::parse` without findings
/// once each `kPlaceholder` has been replaced.
std::string starter_configuration_for_aws(const RepositoryFacts& facts);

struct StarterFile {
  std::string path;  ///< Below the repository's folder.
  std::string text;
};

/// What stands below `infrastructure/`, for facts from `for_aws`.
std::vector<StarterFile> starter_infrastructure(const RepositoryFacts& facts);

}  // namespace sluice::config
