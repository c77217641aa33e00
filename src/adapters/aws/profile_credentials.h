// Keys as a profile of the user's AWS configuration says.
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// The profile that `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names, else `default`. In this order: `role_arn` with
/// `source_profile` (followed as far as it goes) or `credential_source`, `role_arn` with `web_identity_token_file`,
/// `sso_session` (or the older `sso_start_url`), `aws_access_key_id`, `credential_process`. Nothing when the profile
/// has none of these, or when there is no `default`. Errors: InvalidInput (a profile that was named and is not there, a
/// circle, half of a pair, `mfa_serial`, which nobody could answer), and those of the sources.
MaybeCredentials profile_credentials(const Surroundings& around, const std::stop_token& stop);

}  // namespace sluice::aws
