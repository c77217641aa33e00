#include "adapters/posix/process_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sluice::posix {
namespace {

constexpr std::size_t kReadSize = 64u << 10;
constexpr int kMostLastPieces = 16;

void drop_all_but_end(std::string& text) {
  if (text.size() > ports::kKeptOutputBytes) text.erase(0, text.size() - ports::kKeptOutputBytes);
}

}  // namespace

ProcessRun::ProcessRun(const ports::ProcessRequest& request, Parts parts)
    : request_(request), parts_(std::move(parts)) {
  if (request.timeout) deadline_ = started_ + *request.timeout;
}

Result<ports::ProcessResult> ProcessRun::wait(std::stop_token stop) {
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [&wake] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.number(), &one, sizeof one);
  });
  wait_for_exit(wake.number());
  // The child stays a zombie until its leftovers are gone, so that its process group's number is not given away.
  end_leftovers();
  TRY_ASSIGN(result_.exit_code, reap());
  const std::string& program = request_.argv.front();
  switch (ending_) {
    case Ending::None: break;
    case Ending::TimedOut:
      return Error{ErrorKind::TimedOut,
                   fmt::format("{} was ended: it ran longer than {}", program, format_duration(*request_.timeout))};
    case Ending::Cancelled: return Error{ErrorKind::Cancelled, fmt::format("{} was ended on request", program)};
  }
  drop_all_but_end(result_.out);
  drop_all_but_end(result_.err);
  return std::move(result_);
}

void ProcessRun::wait_for_exit(int stop_descriptor) {
  for (;;) {
    // A closed stream or a stop that was seen is taken out of the set by its negative number.
    std::array<pollfd, 4> waited{{
        {parts_.child.pidfd.number(), POLLIN, 0},
        {ending_ == Ending::None ? stop_descriptor : -1, POLLIN, 0},
        {parts_.out.number(), POLLIN, 0},
        {parts_.err.number(), POLLIN, 0},
    }};
    const int ready = ::poll(waited.data(), waited.size(), poll_timeout());
    if (ready < 0 && errno != EINTR) return begin_ending(Ending::Cancelled);
    if (deadline_ && SteadyClock::now() >= *deadline_) {
      if (ending_ == Ending::None) {
        begin_ending(Ending::TimedOut);
      } else {
        signal_all(SIGKILL);
        deadline_.reset();
      }
    }
    if (ready <= 0) continue;
    if (waited[2].revents != 0) read_available(parts_.out, ports::Stream::Out);
    if (waited[3].revents != 0) read_available(parts_.err, ports::Stream::Err);
    if (waited[0].revents != 0) return;
    if (waited[1].revents != 0) begin_ending(Ending::Cancelled);
  }
}

int ProcessRun::poll_timeout() const {
  if (!deadline_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - SteadyClock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void ProcessRun::begin_ending(Ending why) {
  ending_ = why;
  deadline_ = SteadyClock::now() + kTermGrace;
  signal_all(SIGTERM);
}

void ProcessRun::signal_all(int signal) {
  if (parts_.cgroup && signal == SIGKILL) {
    parts_.cgroup->kill_all();
  } else if (parts_.cgroup) {
    parts_.cgroup->signal_all(signal);
  }
  ::kill(-parts_.child.pid, signal);
}

void ProcessRun::end_leftovers() {
  drain_output();
  if (ending_ != Ending::None || parts_.leftovers == ports::Leftovers::End) {
    signal_all(SIGKILL);
    // What was killed has closed its ends: the rest of the output is in the pipe. The bound is for a process that
    // escaped and writes on.
    for (int pieces = 0; pieces < kMostLastPieces && parts_.out.is_open(); ++pieces) {
      if (!read_available(parts_.out, ports::Stream::Out)) break;
    }
    for (int pieces = 0; pieces < kMostLastPieces && parts_.err.is_open(); ++pieces) {
      if (!read_available(parts_.err, ports::Stream::Err)) break;
    }
  }
}

void ProcessRun::drain_output() {
  const auto until = SteadyClock::now() + kOutputGrace;
  while (parts_.out.is_open() || parts_.err.is_open()) {
    std::array<pollfd, 2> waited{{{parts_.out.number(), POLLIN, 0}, {parts_.err.number(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now()).count();
    if (left <= 0 || ::poll(waited.data(), waited.size(), static_cast<int>(left)) == 0) return;
    if (waited[0].revents != 0) read_available(parts_.out, ports::Stream::Out);
    if (waited[1].revents != 0) read_available(parts_.err, ports::Stream::Err);
  }
}

/// One read; closes the stream at its end. False when nothing more can be read now.
bool ProcessRun::read_available(Descriptor& stream, ports::Stream which) {
  char piece[kReadSize];
  const ssize_t size = ::read(stream.number(), piece, sizeof piece);
  if (size > 0) {
    keep(which, std::string_view(piece, static_cast<std::size_t>(size)));
    return true;
  }
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) stream.close();
  return false;
}

void ProcessRun::keep(ports::Stream which, std::string_view piece) {
  if (request_.on_output) return request_.on_output(which, piece);
  std::string& kept = which == ports::Stream::Out ? result_.out : result_.err;
  kept.append(piece);
  if (kept.size() > 2 * ports::kKeptOutputBytes) drop_all_but_end(kept);
}

Result<int> ProcessRun::reap() {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(parts_.child.pidfd.number()), &info, WEXITED) != 0) {
    if (errno == EINTR) continue;
    return Error{ErrorKind::Unavailable,
                 fmt::format("cannot learn how {} ended: {}", request_.argv.front(), std::strerror(errno))};
  }
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace sluice::posix
