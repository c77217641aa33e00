// Whose account and region a target is in.
#pragma once

#include <optional>
#include <string>

#include "core/rollout/target.h"

namespace sluice::aws {

struct Account {
  std::string region;
  std::string role;  ///< ARN of the role that is taken on; empty: none.
};

/// Nothing for a target that is not in AWS.
std::optional<Account> account_of(const rollout::Target& place);

}  // namespace sluice::aws
