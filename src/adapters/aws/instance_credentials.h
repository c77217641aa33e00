// Keys of the EC2 instance that sluice runs on, by its metadata service in version 2.
#pragma once

#include <stop_token>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// Asks for a session token by PUT, then for the role's name and its keys; 1 s each. Nothing where no metadata service
/// answers, where it knows no role, and with `AWS_EC2_METADATA_DISABLED=true`. `AWS_EC2_METADATA_SERVICE_ENDPOINT`
/// moves it; `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6` asks [fd00:ec2::254]. Never falls back to version 1. Source:
/// "Use IMDSv2" in AWS's EC2 user guide. Error: Failed (keys that cannot be read).
MaybeCredentials instance_credentials(const Surroundings& around, const std::stop_token& stop);

}  // namespace sluice::aws
