#include "base/fail_point.h"

#ifdef SLUICE_FAIL_POINTS

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace sluice {

void pass_fail_point(const char* name) {
  static const char* const wanted = std::getenv("SLUICE_FAIL_AT");
  if (wanted == nullptr) return;
  static std::mutex mutex;
  static std::map<std::string, int> passes;
  const std::lock_guard lock(mutex);
  const int pass = ++passes[name];
  if (std::string(name) + ":" + std::to_string(pass) == wanted) std::raise(SIGKILL);
}

}  // namespace sluice

#endif
