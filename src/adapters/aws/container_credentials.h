// Keys of the task or pod that sluice runs in.
#pragma once

#include <stop_token>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (at 169.254.170.2) or `AWS_CONTAINER_CREDENTIALS_FULL_URI` (https, a
/// loopback address, or the addresses of ECS and EKS; no other host), with `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`
/// (read each time) or `AWS_CONTAINER_AUTHORIZATION_TOKEN`. Source: "Container credential provider" of the AWS SDKs and
/// Tools reference guide. Errors: InvalidInput (a host that may not be asked), Failed, Unavailable.
MaybeCredentials container_credentials(const Surroundings& around, const std::stop_token& stop);

}  // namespace sluice::aws
