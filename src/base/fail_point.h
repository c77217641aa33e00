// Named points at which a test ends the program as `kill -9` would. Compiled in by SLUICE_FAIL_POINTS alone; in a build
// that users run there is no trace of them.
//
// The environment variable SLUICE_FAIL_AT holds `name:n`: the n-th pass (from 1) of that point kills the process. It
// does so once: SLUICE_FAIL_ONCE names a file that is made just before, and with which no point kills any more.
#pragma once

namespace sluice {

#ifdef SLUICE_FAIL_POINTS
void pass_fail_point(const char* name);
#else
inline void pass_fail_point(const char*) {}
#endif

}  // namespace sluice
