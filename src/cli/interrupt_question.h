// Ctrl-C while a deployment is followed on a terminal: nothing is stopped half-way, the person is asked what to do.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace sluice::cli {

enum class InterruptAnswer {
  Detach,  ///< The deployment goes on, this command ends.
  Hold,
  RollBack,
  Cancel,
};

/// The answer that a line means: its first letter, whatever the case; an empty line detaches. Nothing for other lines.
std::optional<InterruptAnswer> parse_answer(const std::string& line);

/// There is somebody to ask: standard input and standard error are a terminal.
bool can_ask();

/// Asks on standard error until there is an answer. Detach at `interrupted()` (a second Ctrl-C), at the end of input
/// and without an answer for a minute.
InterruptAnswer ask_what_to_do(const std::string& deployment, const std::function<bool()>& interrupted);

}  // namespace sluice::cli
