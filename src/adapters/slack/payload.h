// A message in Slack's form for incoming webhooks.
#pragma once

#include <string>

#include "ports/notifier.h"

namespace sluice::slack {

/// The JSON body: the subject as text, the rest as coloured sections below it. `&`, `<` and `>` are escaped as Slack
/// demands, so that no text of a log can mention a channel or forge a link. What passes Slack's limits (3000 characters
/// a section) is split at line ends, and what passes ours is cut with a note of how many lines are missing.
/// (https://docs.slack.dev/messaging/formatting-message-text, …/reference/block-kit/blocks/section-block)
std::string payload(const ports::Message& message);

}  // namespace sluice::slack
