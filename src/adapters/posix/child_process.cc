#include "adapters/posix/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace sluice::posix {
namespace {

/// All that the child needs, prepared before vfork: the child shares the parent's memory and allocates nothing.
struct Prepared {
  const char* program;
  char* const* argv;
  char* const* environment;
  const char* directory;  ///< Null: inherited.
  std::array<int, 3> streams;
  int cgroup_members;
  int failure;  ///< Pipe on which the child tells why it could not start.
};

enum class Stage : int { Group, Cgroup, Directory, Streams, Execute };

struct Failure {
  Stage stage;
  int number;
};

[[noreturn]] void give_up(const Prepared& prepared, Stage stage) {
  const Failure failure{stage, errno};
  [[maybe_unused]] const ssize_t written = ::write(prepared.failure, &failure, sizeof failure);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Runs in the child between vfork and exec: system calls only.
[[noreturn]] void become(const Prepared& prepared) {
  if (::setpgid(0, 0) != 0) give_up(prepared, Stage::Group);
  if (prepared.cgroup_members >= 0 && ::write(prepared.cgroup_members, "0", 1) != 1) {
    give_up(prepared, Stage::Cgroup);
  }
  if (prepared.directory != nullptr && ::chdir(prepared.directory) != 0) give_up(prepared, Stage::Directory);
  for (int target = 0; target < 3; ++target) {
    if (::dup2(prepared.streams[static_cast<std::size_t>(target)], target) < 0) give_up(prepared, Stage::Streams);
  }
  ::close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  reset_signals();
  ::execve(prepared.program, prepared.argv, prepared.environment);
  give_up(prepared, Stage::Execute);
}

/// The same descriptor with a number of at least 3, so that dup2 onto 0, 1 and 2 neither hits itself nor another.
Result<Descriptor> above_streams(int number) {
  Descriptor moved(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!moved.is_open()) {
    return Error{ErrorKind::Unavailable, fmt::format("cannot pass on a descriptor: {}", std::strerror(errno))};
  }
  return moved;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Error explain(const Failure& failure, const ChildRequest& request) {
  const bool absent = failure.number == ENOENT || failure.number == ENOTDIR;
  const bool denied = failure.number == EACCES || failure.number == EPERM;
  const ErrorKind kind = absent ? ErrorKind::NotFound : denied ? ErrorKind::Denied : ErrorKind::Unavailable;
  const char* reason = std::strerror(failure.number);
  switch (failure.stage) {
    case Stage::Directory:
      return Error{kind, fmt::format("cannot start {} in {}: {}", request.program, request.directory, reason)};
    case Stage::Execute:
      if (failure.number == ENOENT) {
        return Error{kind, fmt::format("cannot start {}: the program, or the interpreter that its first line names, "
                                       "is not there",
                                       request.program)};
      }
      if (failure.number == ENOEXEC) {
        return Error{ErrorKind::Unavailable,
                     fmt::format("cannot start {}: it is no program of this machine; a script needs a first line "
                                 "such as #!/bin/sh",
                                 request.program)};
      }
      return Error{kind, fmt::format("cannot start {}: {}", request.program, reason)};
    case Stage::Group:
    case Stage::Cgroup:
    case Stage::Streams: break;
  }
  return Error{ErrorKind::Unavailable, fmt::format("cannot prepare a process for {}: {}", request.program, reason)};
}

pid_t fork_and_become(const Prepared& prepared) {
  // No handler of ours may run in the child while it shares our memory.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::vfork();  // NOLINT(bugprone-unsafe-functions,clang-analyzer-security.insecureAPI.vfork)
  if (pid == 0) become(prepared);
  const int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return pid;
}

}  // namespace

Result<Child> start_child(const ChildRequest& request) {
  TRY_ASSIGN(const Descriptor input, above_streams(request.input));
  TRY_ASSIGN(const Descriptor output, above_streams(request.output));
  TRY_ASSIGN(const Descriptor error, above_streams(request.error));
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) {
    return Error{ErrorKind::Unavailable, fmt::format("cannot start {}: {}", request.program, std::strerror(errno))};
  }
  const Descriptor failure_reader(pipe_ends[0]);
  Descriptor failure_writer(pipe_ends[1]);
  TRY_ASSIGN(Descriptor high_failure_writer, above_streams(failure_writer.number()));
  failure_writer.close();

  const std::vector<char*> argv = pointers_to(request.argv);
  const std::vector<char*> environment = pointers_to(request.environment);
  const pid_t pid = fork_and_become(Prepared{
      .program = request.program.c_str(),
      .argv = argv.data(),
      .environment = environment.data(),
      .directory = request.directory.empty() ? nullptr : request.directory.c_str(),
      .streams = {input.number(), output.number(), error.number()},
      .cgroup_members = request.cgroup_members,
      .failure = high_failure_writer.number(),
  });
  if (pid < 0) {
    return Error{ErrorKind::Unavailable, fmt::format("cannot start {}: {}", request.program, std::strerror(errno))};
  }
  high_failure_writer.close();
  Failure failure{};
  ssize_t size = 0;
  do {
    size = ::read(failure_reader.number(), &failure, sizeof failure);
  } while (size < 0 && errno == EINTR);
  if (size == static_cast<ssize_t>(sizeof failure)) {
    ::waitpid(pid, nullptr, 0);
    return explain(failure, request);
  }
  // By its number: the header of glibc 2.36 declares pidfd_open without C linkage.
  Child child{pid, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))};
  if (!child.pidfd.is_open()) {
    const int number = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return Error{ErrorKind::Unavailable, fmt::format("cannot watch {}: {}", request.program, std::strerror(number))};
  }
  return child;
}

}  // namespace sluice::posix
