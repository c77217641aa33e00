// The token that `aws sso login` leaves in its cache, renewed when it is near its end.
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

struct SsoSession {
  std::string name;  ///< Of the section `sso-session`; empty for the older form without one.
  std::string start_url;
  std::string region;
};

/// The access token of a session, from `~/.aws/sso/cache/SHA1.json`. One that ends within 15 minutes is renewed with
/// the cache's refresh token, where it has one, and written back (mode 0600, whole or not at all). Errors: Denied (none
/// there, or ended: run `aws sso login`), Failed, Unavailable.
Result<Secret> sso_token(const Surroundings& around, const SsoSession& session, const std::stop_token& stop);

}  // namespace sluice::aws
