// Commands that run in the process of who typed them and need more than the core: no controller is started for them.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command_line.h"
#include "core/config/configuration.h"

namespace sluice {

/// The environment that --environment names, of the sluice.yaml that --file and --directory name. Errors: NotFound (no
/// such file), InvalidInput (mistakes in it, no such environment).
Result<config::Environment> environment_of(const cli::Invocation& invocation);

/// Each returns the exit code.
int run_init_command(const cli::Invocation& invocation);
int run_doctor_command(const cli::Invocation& invocation, const std::string& request_id);
/// Runs simulated deployments; a progress line each hundred seeds. 0 when every invariant held.
int run_simulate_command(const cli::Invocation& invocation);

}  // namespace sluice
