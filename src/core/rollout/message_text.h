// What people are told about a deployment, in words.
#pragma once

#include <string>
#include <string_view>

#include "core/rollout/effect.h"
#include "core/rollout/state.h"

namespace sluice::rollout {

struct MessageText {
  std::string subject;  ///< One line: service, environment, what happened.
  std::string body;     ///< Cause with its figures, evidence, what to do next.
};

MessageText message_text(const State& state, MessageKind kind);

/// Whether a target that lists `on` wants this kind: `held` covers the reminder, `failed` all ends but success,
/// `rolled_back` and `succeeded` their own; a stuck rollback goes to every target. What keeps incidents hears of every
/// end that may end one. What takes figures gets those of every end, and nothing else.
bool wants(const MessageTarget& target, MessageKind kind);

/// One sentence on how it ended, or why it is held: for `status`, `history` and the command line.
std::string outcome_sentence(const State& state);

}  // namespace sluice::rollout
