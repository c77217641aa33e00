#include "base/error.h"

#include <utility>

namespace sluice {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput: return "invalid_input";
    case ErrorKind::NotFound: return "not_found";
    case ErrorKind::Conflict: return "conflict";
    case ErrorKind::Denied: return "denied";
    case ErrorKind::Throttled: return "throttled";
    case ErrorKind::Unavailable: return "unavailable";
    case ErrorKind::TimedOut: return "timed_out";
    case ErrorKind::Cancelled: return "cancelled";
    case ErrorKind::UnknownOutcome: return "unknown_outcome";
    case ErrorKind::Failed: return "failed";
  }
  std::unreachable();
}

bool is_retryable(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Throttled:
    case ErrorKind::Unavailable:
    case ErrorKind::TimedOut:
    case ErrorKind::UnknownOutcome: return true;
    case ErrorKind::InvalidInput:
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
    case ErrorKind::Denied:
    case ErrorKind::Cancelled:
    case ErrorKind::Failed: return false;
  }
  std::unreachable();
}

Error Error::with_context(std::string_view context) && {
  std::string text(context);
  text += ": ";
  text += message;
  return Error{kind, std::move(text)};
}

}  // namespace sluice
