// Whose keys are in use, held against the account that sluice.yaml says.
#pragma once

#include "core/config/configuration.h"
#include "ports/permissions.h"

namespace sluice::application {

/// Asks nobody where the environment says no account. Errors: those of ports::Permissions::identity; InvalidInput, when
/// the keys in use are of another account: what has the same name there would be changed. Blocks.
Status check_account(const config::Environment& environment, ports::Permissions& permissions);

/// The same of an identity that is known: its ARN, as ports::Permissions tells it.
Status check_account(const config::Environment& environment, const std::string& identity);

}  // namespace sluice::application
