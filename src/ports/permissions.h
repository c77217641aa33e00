// What the keys in use may do, without doing it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/rollout/aws_access.h"

namespace sluice::ports {

struct DeniedAction {
  std::string action;         ///< `ecs:CreateTaskSet`
  std::string resource;       ///< ARN, or a pattern of ARNs, or `*`.
  bool by_statement = false;  ///< A statement denies it; else no statement allows it.
  friend bool operator==(const DeniedAction&, const DeniedAction&) = default;
};

class Permissions {
 public:
  virtual ~Permissions() = default;
  /// ARN of the user or the role to whom the keys belong. Errors: Denied (no keys, or they are not valid), Unavailable.
  virtual Result<std::string> identity(const rollout::AwsAccess& access) = 0;
  /// What of a policy document (JSON) that identity is not allowed. Errors: Denied (to ask this), InvalidInput (of an
  /// identity that cannot be asked about: the account's root user), Unavailable.
  virtual Result<std::vector<DeniedAction>> denied(const rollout::AwsAccess& access, const std::string& identity,
                                                   const std::string& policy) = 0;
};

}  // namespace sluice::ports
