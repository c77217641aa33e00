// Where resources of AWS are, and their ARNs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/config/configuration.h"
#include "core/rollout/journal_place.h"

namespace sluice::iam {

struct Place {
  std::string partition;  ///< `aws`, `aws-cn`, `aws-us-gov`
  std::string region;     ///< `eu-west-1`
  std::string account;    ///< Twelve digits; `*` where neither an ARN nor the environment's `account` names it.

  /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`
  std::string arn(std::string_view service, std::string_view resource) const;
  /// The same without the region: IAM's resources are of no region.
  std::string global_arn(std::string_view service, std::string_view resource) const;
};

/// Where a service's cluster and load balancer are: by the ARN of its first listener rule, and the account by that of
/// the environment's role, or its own word, where the rule's has none. Error: InvalidInput, when nothing names it.
Result<Place> place_of(const config::Environment& environment, const config::Service& service,
                       const rollout::EcsTarget& target);

/// Where a function is: by its ARN, else by that of the environment's role, else in the region's partition and the
/// environment's account.
Place place_of(const config::Environment& environment, const rollout::LambdaTarget& target);

/// Where an API is: API Gateway's ARNs have no account. By that of the environment's role, else the region's partition.
Place place_of(const rollout::GatewayTarget& target);

/// The partition of a journal's bucket, which has neither region nor account in its ARN: by that of the journal's role,
/// else of its region, else of the environment's.
std::string partition_of(const rollout::JournalPlace& journal, const config::Environment& environment);

/// Where an application of AppConfig is: by the ARN of the environment's role, else in the region's partition and the
/// environment's account.
Place place_of(const config::Environment& environment, const rollout::FlagsTarget& target);

/// Where a runner's tasks are: by the ARN of its cluster or of one of its roles, else in the region's partition and any
/// account.
Place place_of(const config::EcsRunner& runner);

/// Where the role is that the environment takes on: by its ARN, else by the environment's account, else where its
/// services are. Error: InvalidInput, when nothing of the former is there and the services are in several accounts or
/// in none that is known.
Result<Place> place_of_role(const config::Environment& environment);

/// Where what is named without an ARN is: by the role, else by the services, else in any account; of a machine's
/// environment in any region.
Place place_of_environment(const config::Environment& environment);

/// Error: InvalidInput, when the environment's target is not AWS.
Status check_is_aws(const config::Environment& environment);

}  // namespace sluice::iam
