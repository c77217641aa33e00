#include "core/rollout/message_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::rollout {
namespace {

std::string subject_of(const State& state, std::string_view what) {
  return fmt::format("{} in {}: {} {}", state.plan.service.service, state.plan.service.environment,
                     state.plan.green.label.empty() ? state.plan.green.id : state.plan.green.label, what);
}

/// Of a message that stands for a whole release.
std::string with_whom(const State& state) {
  if (!state.plan.release) return "";
  std::vector<std::string> others;
  for (const ReleaseMember& member : state.plan.release->members) {
    if (member.service != state.plan.service.service) others.push_back(member.service);
  }
  return fmt::format("The same holds for the rest of the release: {}.", fmt::join(others, ", "));
}

void add_line(std::string& body, const std::string& line) {
  if (line.empty()) return;
  if (!body.empty()) body += '\n';
  body += line;
}

std::string share(const State& state) { return green_share(state.plan, state.intended).to_string(); }

}  // namespace

MessageText message_text(const State& state, MessageKind kind) {
  MessageText text;
  const std::string& service = state.plan.service.service;
  switch (kind) {
    case MessageKind::Held:
    case MessageKind::HoldReminder:
      text.subject = subject_of(state, fmt::format("is held at {}", share(state)));
      if (state.hold) {
        add_line(text.body, state.hold->cause.sentence);
        add_line(text.body, fmt::format("It rolls back by itself at {}.", format_rfc3339(state.hold->deadline)));
      }
      add_line(text.body, fmt::format("Say `sluice promote {0}` or `sluice rollback {0}`.", service));
      return text;
    case MessageKind::Succeeded: text.subject = subject_of(state, "has all of the traffic"); break;
    case MessageKind::RolledBack:
      text.subject =
          subject_of(state, state.plan.blue ? "was rolled back; the revision before it has all of the traffic"
                                            : "was rolled back; the route is closed (503)");
      break;
    case MessageKind::FailedBeforeTraffic: text.subject = subject_of(state, "failed before it had any traffic"); break;
    case MessageKind::Cancelled: text.subject = subject_of(state, "was cancelled"); break;
    case MessageKind::RollbackStuck:
      text.subject = subject_of(state, "cannot be rolled back yet: the router does not take the weights");
      add_line(text.body, state.last_failure);
      add_line(text.body, "sluice goes on trying every second. Look at `sluice doctor` and at the router's log.");
      break;
    case MessageKind::Figures: return {subject_of(state, "has ended"), ""};
  }
  add_line(text.body, outcome_sentence(state));
  if (kind != MessageKind::RollbackStuck) add_line(text.body, with_whom(state));
  for (const std::string& line : state.evidence) add_line(text.body, line);
  if (kind == MessageKind::RolledBack || kind == MessageKind::FailedBeforeTraffic) {
    add_line(text.body, fmt::format("More: `sluice history {0}` and `sluice logs {0}`.", service));
  }
  return text;
}

bool wants(const MessageTarget& target, MessageKind kind) {
  if (takes_figures(target.place)) return kind == MessageKind::Figures;
  const auto listed = [&](std::string_view name) { return std::ranges::find(target.on, name) != target.on.end(); };
  switch (kind) {
    case MessageKind::Held:
    case MessageKind::HoldReminder: return listed("held");
    case MessageKind::Succeeded: return listed("succeeded") || keeps_incidents(target.place);
    case MessageKind::RolledBack: return listed("rolled_back") || listed("failed");
    case MessageKind::FailedBeforeTraffic: return listed("failed");
    case MessageKind::Cancelled: return listed("failed") || keeps_incidents(target.place);
    case MessageKind::RollbackStuck: return true;
    case MessageKind::Figures: return false;
  }
  std::unreachable();
}

std::string outcome_sentence(const State& state) {
  if (state.hold) return state.hold->cause.sentence;
  if (state.cause) return state.cause->sentence;
  if (state.outcome != Outcome::Succeeded || !state.full_at) return "";
  return fmt::format("100% after {}", format_duration(*state.full_at - state.started_at));
}

}  // namespace sluice::rollout
