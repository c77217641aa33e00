#include "base/fail_point.h"

#ifdef SLUICE_FAIL_POINTS

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

namespace sluice {

void pass_fail_point(const char* name) {
  static const char* const wanted = std::getenv("SLUICE_FAIL_AT");
  static const char* const once = std::getenv("SLUICE_FAIL_ONCE");
  if (wanted == nullptr || once == nullptr || ::access(once, F_OK) == 0) return;
  static std::mutex mutex;
  static std::map<std::string, int> passes;
  const std::lock_guard lock(mutex);
  const int pass = ++passes[name];
  if (std::string(name) + ":" + std::to_string(pass) != wanted) return;
  ::close(::open(once, O_CREAT | O_WRONLY, 0600));
  std::raise(SIGKILL);
}

}  // namespace sluice

#endif
