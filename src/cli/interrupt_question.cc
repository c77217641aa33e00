#include "cli/interrupt_question.h"

#include <poll.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdio>

namespace sluice::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kAnswerWithin{1};
constexpr int kPollMilliseconds = 200;

/// Nothing when no line came: interrupted, the end of input, or the deadline.
std::optional<std::string> read_line(const std::function<bool()>& interrupted, Clock::time_point until) {
  std::string line;
  while (!interrupted() && Clock::now() < until) {
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    if (::poll(&ready, 1, kPollMilliseconds) <= 0) continue;
    char letter = 0;
    if (::read(STDIN_FILENO, &letter, 1) != 1) return std::nullopt;
    if (letter == '\n') return line;
    line += letter;
  }
  return std::nullopt;
}

}  // namespace

std::optional<InterruptAnswer> parse_answer(const std::string& line) {
  const auto letter = line.find_first_not_of(" \t\r");
  if (letter == std::string::npos) return InterruptAnswer::Detach;
  switch (std::tolower(static_cast<unsigned char>(line[letter]))) {
    case 'd': return InterruptAnswer::Detach;
    case 'h': return InterruptAnswer::Hold;
    case 'r': return InterruptAnswer::RollBack;
    case 'c': return InterruptAnswer::Cancel;
    default: return std::nullopt;
  }
}

bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

InterruptAnswer ask_what_to_do(const std::string& deployment, const std::function<bool()>& interrupted) {
  const auto until = Clock::now() + kAnswerWithin;
  std::fprintf(stderr, "\nDeployment %s goes on meanwhile. What is to become of it?\n", deployment.c_str());
  for (;;) {
    std::fputs("  [d]etach: it goes on   [h]old   [r]oll back   [c]ancel   (Ctrl-C again detaches): ", stderr);
    const auto line = read_line(interrupted, until);
    const auto answer = line ? parse_answer(*line) : InterruptAnswer::Detach;
    if (answer) return *answer;
  }
}

}  // namespace sluice::cli
