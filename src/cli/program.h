// What main() does: reads the command line and runs the command, here or through the controller.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cli/command_line.h"
#include "server/protocol.h"

namespace sluice::cli {

/// Commands that run in this process and need more than the core: main() supplies them.
using LocalCommand = std::function<int(const Invocation&)>;

/// The exit code.
/// `new_id` makes a fresh id for a request.
int run_program(int argc, const char* const* argv, const std::map<std::string, LocalCommand>& local,
                const std::function<std::string()>& new_id);

/// Sends a command to the controller and prints what it answers, until it ends.
int run_in_controller(const Invocation& invocation, const std::function<std::string()>& new_id);

}  // namespace sluice::cli
