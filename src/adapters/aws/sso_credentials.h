// Keys of a role that a person has through IAM Identity Center (`aws sso login`).
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/sso_token.h"

namespace sluice::aws {

struct SsoRole {
  SsoSession session;
  std::string account_id;
  std::string role_name;
};

/// Errors: as `sso_token`; Denied when the role is not the person's.
Result<Credentials> sso_credentials(const Surroundings& around, const SsoRole& role, const std::stop_token& stop);

}  // namespace sluice::aws
