// What the user typed, as data. The only file that knows the command line library is command_line.cc.
#pragma once

#include <string>

#include "server/protocol.h"

namespace sluice::cli {

struct Invocation {
  std::string command;  ///< `deploy`, `image build`, …
  bool json = false;
  server::Arguments arguments;
};

struct CommandLine {
  Invocation invocation;
  /// Set when there is nothing to run: help or version was asked for (0), or the line is wrong (2).
  int exit_code = -1;
  std::string text;  ///< Then: what to print, to standard output for 0, else to standard error.
};

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace sluice::cli
