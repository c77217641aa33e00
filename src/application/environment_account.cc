#include "application/environment_account.h"

#include <fmt/format.h>

#include "core/config/arn.h"

namespace sluice::application {

Status check_account(const config::Environment& environment, const std::string& identity) {
  const std::string_view account = config::arn_part(identity, config::kArnAccount);
  if (environment.account.empty() || account == environment.account) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("the environment '{}' is in the account {}, and the keys in use are of the account {} ({}): "
                           "give sluice keys of the former, by AWS_PROFILE for instance, or name the environment's "
                           "'role'",
                           environment.name, environment.account, account, identity)};
}

Status check_account(const config::Environment& environment, ports::Permissions& permissions) {
  if (environment.account.empty()) return {};
  TRY_ASSIGN(const std::string identity, permissions.identity(environment.access));
  return check_account(environment, identity);
}

}  // namespace sluice::application
