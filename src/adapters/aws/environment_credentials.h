// Keys from AWS_ACCESS_KEY_ID and its companions.
#pragma once

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. Error: InvalidInput for one half of a pair.
MaybeCredentials environment_credentials(const Variables& variables);

}  // namespace sluice::aws
