// What main() does: reads the command line and runs the command, here or through the controller.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cli/command_line.h"
#include "server/protocol.h"

namespace sluice::cli {

/// Commands that run in this process and need more than the core: main.cc supplies them.
using LocalCommand = std::function<int(const Invocation&)>;

/// The exit code.
int run_program(int argc, const char* const* argv, const std::map<std::string, LocalCommand>& local);

/// Sends a command to the controller and prints what it answers, until it ends.
int run_in_controller(const Invocation& invocation);

}  // namespace sluice::cli
