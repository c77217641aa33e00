// Errors of calls on the way to a state that the next attempt finds and goes on from.
#pragma once

#include "base/result.h"

namespace sluice::aws {

/// Whatever became of such a call, it may be repeated, while there is time.
template <typename T>
Result<T> repeatable(Result<T> result, bool is_late = false) {
  if (!result && !is_late && is_retryable(result.error().kind)) result.error().kind = ErrorKind::Unavailable;
  return result;
}

}  // namespace sluice::aws
