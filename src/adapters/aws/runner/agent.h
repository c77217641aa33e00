// What is said between sluice and the agent (agent.sh) in a job's task. Pure. The agent puts message N, sluice answers
// with command N, a piece of shell that says where message and command N+1 are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/runner.h"

namespace sluice::aws::runner {

/// agent.sh, without its first two addresses.
extern const char* const kAgent;
/// What the container starts: brings the agent from the address in SLUICE_AGENT.
extern const char* const kBootstrap;

/// Exit codes of bootstrap and agent that mean something to people; empty for others.
std::string_view meaning_of_exit(int code);

/// Presigned addresses of the next turn.
struct NextTurn {
  std::string in;   ///< GET of the command.
  std::string out;  ///< PUT of the message.
};

/// `text` as one word of a shell.
std::string quoted(std::string_view text);

/// `folder`: removed by the agent when it ends.
std::string agent_program(const NextTurn& first, const std::string& folder);

std::string go_on(const NextTurn& next);
/// `name`: `TERM` or `KILL`.
std::string send_signal(const NextTurn& next, std::string_view name);
std::string start_step(const NextTurn& next, const ports::ScriptOrder& order);
std::string unpack(const NextTurn& next, const std::string& url, const std::string& folder);
std::string pack(const NextTurn& next, const std::string& folder, const std::string& url);
std::string quit();

struct Message {
  enum class Kind {
    Hello,
    Running,  ///< With output.
    Ended,    ///< With output, exit code and files.
    Done,     ///< Packed, or unpacked.
    Failed,   ///< Likewise, with why in `output`.
  };
  Kind kind = Kind::Hello;
  std::string output;
  int exit_code = 0;
  std::vector<std::string> files;
};

/// Error: Failed for what no agent says.
Result<Message> parse_message(std::string_view bytes);

}  // namespace sluice::aws::runner
