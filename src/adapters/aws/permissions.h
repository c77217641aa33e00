// ports::Permissions by IAM's policy simulator.
#pragma once

#include "adapters/aws/client_pool.h"
#include "ports/permissions.h"

namespace sluice::aws {

/// `arn:aws:sts::123456789012:assumed-role/sluice/session` is a session of `arn:aws:iam::123456789012:role/sluice`; any
/// other ARN is itself. A session's ARN does not say the role's path: one that is not `/` is lost.
std::string role_of_session(const std::string& arn);

/// May be used from any number of threads at once.
class Permissions final : public ports::Permissions {
 public:
  /// `clients` must outlive this.
  explicit Permissions(ClientPool& clients) : clients_(clients) {}

  Result<std::string> identity(const rollout::AwsAccess& access) override;
  /// GetRole for a role's path, where the role is not the one that `access` names; then SimulatePrincipalPolicy of each
  /// statement, with the values of its conditions as context.
  Result<std::vector<ports::DeniedAction>> denied(const rollout::AwsAccess& access, const std::string& identity,
                                                  const std::string& policy) override;

 private:
  ClientPool& clients_;
};

}  // namespace sluice::aws
