// A broken invariant is a bug, not an error. The check is on in every build and stops the process, which is
// safe because every deployment resumes from its journal.
#pragma once

namespace sluice {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace sluice

#define SLUICE_ASSERT(expression)                                  \
  do {                                                             \
    if (!(expression)) {                                           \
      ::sluice::assertion_failed(#expression, __FILE__, __LINE__); \
    }                                                              \
  } while (false)
