#include "server/resident_parent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "server/listener_store.h"

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

/// The controller as its parent sees it.
struct Child {
  pid_t pid = -1;     ///< -1 when it could not be started.
  Descriptor end;     ///< Becomes readable when it has ended.
  Descriptor socket;  ///< Of the listener store.
};

/// Both ends of the listener store's pair; the second is for the child, which finds its number in a variable.
std::pair<Descriptor, Descriptor> make_store() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
  ::fcntl(ends[1], F_SETFD, 0);
  ::setenv(ListenerStore::kVariable, std::to_string(ends[1]).c_str(), 1);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Child start(const std::vector<std::string>& command, const NamedDescriptors& kept) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  auto [socket, childs_end] = make_store();
  // The message waits in the socket until the child reads it.
  const Status given = socket.is_open() ? send_descriptors(socket.number(), kept) : Status();
  if (!given) std::fprintf(stderr, "sluice: %s\n", given.error().message.c_str());
  Child child;
  const int failed = ::posix_spawn(&child.pid, argv[0], nullptr, nullptr, argv.data(), environ);
  ::unsetenv(ListenerStore::kVariable);
  if (failed != 0) {
    std::fprintf(stderr, "sluice: cannot start %s: %s\n", argv[0], std::strerror(failed));
    return {};
  }
  child.end = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  child.socket = std::move(socket);
  return child;
}

/// Takes over what the child wants kept, until it has ended; then its wait status.
int serve(Child& child, NamedDescriptors& kept) {
  for (bool ended = !child.end.is_open(); !ended;) {
    pollfd waits[] = {{.fd = child.end.number(), .events = POLLIN, .revents = 0},
                      {.fd = child.socket.number(), .events = POLLIN, .revents = 0}};
    if (::poll(waits, 2, -1) < 0) continue;  // A signal, which its handler has passed on.
    if (waits[1].revents != 0) {
      auto received = receive_descriptors(child.socket.number());
      if (received.has_value()) {
        kept = std::move(*received);
        continue;  // The child's last word counts, so all of them are read before its end is looked at.
      }
      child.socket.close();  // No longer polled: its number is -1 now.
    }
    ended = waits[0].revents != 0;
  }
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

int run_resident_parent(const Places& places, const std::vector<std::string>& command, int memory) {
  const std::string path = places.home + "/controller.lock";
  const int lock = take_lock(path);
  if (lock == -1) return 0;
  if (lock < 0) {
    std::fprintf(stderr, "sluice: cannot lock %s: %s\n", path.c_str(), std::strerror(errno));
    return 1;
  }
  pass_signals_on();
  ::setenv(kMemoryVariable, std::to_string(memory).c_str(), 1);
  NamedDescriptors kept;
  int pause = 0;
  while (asked_to_end == 0) {
    const auto started = Clock::now();
    Child child = start(command, kept);
    child_pid = child.pid;
    const int status = child.pid > 0 ? serve(child, kept) : 1;
    child_pid = 0;
    if (child.pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
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
