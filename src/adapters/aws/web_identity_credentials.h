// A role taken on with a token of somebody whom AWS trusts: Kubernetes, or a job of GitHub Actions.
#pragma once

#include <stop_token>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN` (and `AWS_ROLE_SESSION_NAME`); the file is read each time, since
/// it is renewed in place.
MaybeCredentials web_identity_credentials(const Surroundings& around, const std::stop_token& stop);

/// The same with a file and a role that a profile names.
Result<Credentials> web_identity_credentials(const Surroundings& around, const std::string& token_file,
                                             const std::string& role_arn, const std::string& session_name,
                                             const std::stop_token& stop);

/// In a job of GitHub Actions with the permission `id-token: write`: asks GitHub for a token for the audience
/// `sts.amazonaws.com` and takes on `role_arn` with it. Nothing without `ACTIONS_ID_TOKEN_REQUEST_URL` and
/// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. Source: "Security hardening with OpenID Connect" of GitHub's documents.
MaybeCredentials github_credentials(const Surroundings& around, const std::string& role_arn,
                                    const std::stop_token& stop);

}  // namespace sluice::aws
