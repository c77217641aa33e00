#include "server/resident_parent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

extern char** environ;

namespace sluice::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongEnough{5};  ///< A controller that lived so long is started again at once.
constexpr int kFirstPauseMilliseconds = 100;
constexpr int kLongestPauseMilliseconds = 2'000;

volatile sig_atomic_t child_pid = 0;
volatile sig_atomic_t asked_to_end = 0;

void pass_on(int) {
  asked_to_end = 1;
  if (child_pid > 0) ::kill(child_pid, SIGTERM);
}

void pass_signals_on() {
  struct sigaction action{};
  action.sa_handler = pass_on;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  ::signal(SIGHUP, SIG_IGN);
}

/// The lock's descriptor, which children inherit; -1 when somebody has it, -2 when it cannot be made.
int take_lock(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (descriptor < 0) return -2;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  ::close(descriptor);
  return errno == EWOULDBLOCK ? -1 : -2;
}

int start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ);
  if (failed == 0) return pid;
  std::fprintf(stderr, "sluice: cannot start %s: %s\n", argv[0], std::strerror(failed));
  return -1;
}

/// The wait status of the child, however often signals interrupt.
int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

int run_resident_parent(const Places& places, const std::vector<std::string>& command) {
  const std::string path = places.home + "/controller.lock";
  const int lock = take_lock(path);
  if (lock == -1) return 0;
  if (lock < 0) {
    std::fprintf(stderr, "sluice: cannot lock %s: %s\n", path.c_str(), std::strerror(errno));
    return 1;
  }
  pass_signals_on();
  int pause = 0;
  while (asked_to_end == 0) {
    const auto started = Clock::now();
    const pid_t pid = start(command);
    child_pid = pid;
    const int status = pid > 0 ? wait_for(pid) : 1;
    child_pid = 0;
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    const std::string how = WIFSIGNALED(status) ? fmt::format("by signal {}", WTERMSIG(status))
                                                : fmt::format("with exit code {}", WEXITSTATUS(status));
    std::fprintf(stderr, "sluice: the controller ended %s; starting it again\n", how.c_str());
    const bool lived = Clock::now() - started >= kLongEnough;
    pause = lived ? 0 : std::clamp(pause * 2, kFirstPauseMilliseconds, kLongestPauseMilliseconds);
    if (pause > kFirstPauseMilliseconds) ::poll(nullptr, 0, pause);
  }
  return 0;
}

}  // namespace sluice::server
