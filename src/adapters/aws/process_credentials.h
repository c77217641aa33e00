// Keys from a program that the user names (`credential_process` of a profile).
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

/// Runs the command (no shell; quotes and backslashes group words) for at most 60 s and reads what it prints: JSON with
/// `Version` 1. Source: "Process credential provider" of the AWS SDKs and Tools reference guide. Errors: InvalidInput
/// (no command, a quote left open), Failed (exit code and the end of what it told, or output that is none), TimedOut.
Result<Credentials> process_credentials(const Surroundings& around, const std::string& command,
                                        const std::stop_token& stop);

/// Words as a POSIX shell would part them, without any expansion. Error: InvalidInput.
Result<std::vector<std::string>> command_words(std::string_view command);

}  // namespace sluice::aws
