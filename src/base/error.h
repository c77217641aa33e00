// What can go wrong in the world, as a value. An `ErrorKind` exists only where some caller acts on it;
// the kind alone decides whether an attempt is repeated.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

enum class ErrorKind {
  InvalidInput,    ///< What the user wrote cannot be used; repeating it gives the same answer.
  NotFound,        ///< The thing that was named is not there.
  Conflict,        ///< Somebody else has it, or it changed since it was read.
  Denied,          ///< The caller may not do this.
  Throttled,       ///< Too many calls; the same call later may pass.
  Unavailable,     ///< The other side did not answer at all; nothing happened.
  TimedOut,        ///< The work did not finish by its deadline.
  Cancelled,       ///< The caller asked to stop.
  UnknownOutcome,  ///< The reply was lost: look at the world before acting again.
  Failed,          ///< The work itself ended badly (a command exited 1, a check said no).
};

/// The kind's name as it stands in the journal and in JSON output, e.g. `unknown_outcome`.
std::string_view to_string(ErrorKind kind);

/// True when the same call may succeed later without anybody changing anything.
bool is_retryable(ErrorKind kind);

/// A failure. `message` tells what was tried, on what, what happened and what to do next, in one line where
/// possible; it never contains a secret.
struct [[nodiscard]] Error {
  ErrorKind kind;
  std::string message;

  /// The same error with `context` ("starting replica 2 of orchestrator") in front of its message.
  Error with_context(std::string_view context) &&;

  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace sluice
