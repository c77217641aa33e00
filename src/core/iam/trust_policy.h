// Whom a role trusts: the jobs of one repository at GitHub, by the tokens that GitHub's OIDC provider gives them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/config/configuration.h"

namespace sluice::iam {

struct TrustedJobs {
  std::string repository;  ///< `OWNER/NAME`, or `OWNER@ID/NAME@ID` where its tokens have immutable subjects.
  std::string branch;      ///< `main`; empty: all that the repository runs, pull requests too.
};

/// Trust policy of the environment's role: sts:AssumeRoleWithWebIdentity for tokens of GitHub's provider whose audience
/// is `sts.amazonaws.com` and whose subject is the repository's, `repo:OWNER/NAME:ref:refs/heads/BRANCH` (GitHub's
/// "OpenID Connect reference"; the ids since 2026). Errors: InvalidInput (not in AWS; the account is not known; a
/// repository or branch that is none, or that would match others).
Result<boost::json::object> trust_policy_of(const config::Environment& environment, const TrustedJobs& jobs);

}  // namespace sluice::iam
