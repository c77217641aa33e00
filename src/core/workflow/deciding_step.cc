#include "core/workflow/deciding_step.h"

#include <algorithm>
#include <string>

namespace sluice::workflow {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The last line that is a command, with the lines that a backslash continues in one.
std::string last_command(std::string_view script) {
  std::string last;
  std::string open;
  while (!script.empty()) {
    const std::size_t end = std::min(script.find('\n'), script.size());
    const std::string_view line = trimmed(script.substr(0, end));
    script.remove_prefix(std::min(end + 1, script.size()));
    if (open.empty() && (line.empty() || line.starts_with('#'))) continue;
    open += line;
    if (open.ends_with('\\')) {
      open.back() = ' ';
      continue;
    }
    last = std::exchange(open, {});
  }
  return open.empty() ? last : open;
}

/// Whether the word stands in the command by itself.
bool has_word(std::string_view command, std::string_view word) {
  for (std::size_t at = command.find(word); at != command.npos; at = command.find(word, at + 1)) {
    const bool begins = at == 0 || command[at - 1] == ' ';
    const std::size_t end = at + word.size();
    if (begins && (end == command.size() || command[end] == ' ' || command[end] == '=')) return true;
  }
  return false;
}

bool is_good(Outcome outcome) { return outcome == Outcome::Success || outcome == Outcome::Skipped; }

bool are_over(const RunState& state, LegId but) {
  for (std::size_t job = 0; job < state.jobs.size(); ++job) {
    const JobState& each = state.jobs[job];
    if (job != but.job) {
      if (each.selected && (each.phase != JobState::Phase::Done || !is_good(each.result))) return false;
      continue;
    }
    for (std::size_t leg = 0; leg < each.legs.size(); ++leg) {
      if (leg == but.leg) continue;
      if (each.legs[leg].phase != LegState::Phase::Done || !is_good(each.legs[leg].result)) return false;
    }
  }
  return true;
}

}  // namespace

bool ends_with_deploy(std::string_view script) {
  const std::string command = last_command(script);
  if (!command.starts_with("sluice deploy ") && command != "sluice deploy") return false;
  if (command.find_first_of("|&;") != command.npos) return false;
  return !has_word(command, "--detach") && !has_word(command, "-d");
}

bool decides_run(const RunState& state, const StartStep& step) {
  const auto* script = std::get_if<ScriptWork>(&step.work);
  if (script == nullptr || step.post || state.cancelled) return false;
  if (!script->shell.empty() && script->shell != "bash" && script->shell != "sh") return false;
  const Job& job = state.plan->workflow.jobs[step.leg.job];
  const LegState& leg = state.jobs[step.leg.job].legs[step.leg.leg];
  if (step.step + 1 != job.steps.size() || !leg.posts.empty() || leg.status != Outcome::Success) return false;
  if (job.continue_on_error || job.steps[step.step].continue_on_error) return false;
  return ends_with_deploy(script->script) && are_over(state, step.leg);
}

}  // namespace sluice::workflow
