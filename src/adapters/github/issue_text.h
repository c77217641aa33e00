// What stands in an incident's issue and its comments, and how both are found again.
#pragma once

#include <string>

#include "ports/notifier.h"

namespace sluice::github {

/// A comment of HTML that nobody sees: `<!-- sluice incident 01KAQ0… -->`.
std::string incident_mark(const std::string& incident);
/// Likewise of one message.
std::string message_mark(const ports::Message& message);

/// Without line ends, at most GitHub's 256 characters.
std::string issue_title(const ports::Message& message);
/// The text in a fence that no line of it can close, so that no text of a log mentions a person or closes another
/// issue; both marks; at most GitHub's 65,536 characters.
std::string issue_body(const ports::Message& message);
/// Of a later message about the same incident, or of the success after it.
std::string comment_body(const ports::Message& message);

}  // namespace sluice::github
