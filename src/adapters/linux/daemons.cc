#include "adapters/linux/daemons.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "adapters/linux/process_identity.h"
#include "base/descriptor.h"

namespace sluice::linux_host {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr Milliseconds kProbePause{5};
constexpr Milliseconds kAdoptWithin{1000};
constexpr Milliseconds kSoonAfterStart{1000};  ///< A death this soon after a start makes the next start wait.
constexpr Milliseconds kLongestPause{2000};
constexpr std::uintmax_t kLogLimitBytes = 8u << 20;  ///< A longer log is moved aside at the next start.
constexpr std::size_t kShownLogBytes = 2000;

Descriptor open_pidfd(pid_t pid) { return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }
void send_signal(const Descriptor& pidfd, int signal) {
  syscall(SYS_pidfd_send_signal, pidfd.number(), signal, nullptr, 0);
}

bool readable_within(int fd, Milliseconds span) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&wait, 1, static_cast<int>(span.count())) > 0;
}

std::string end_of_file(const std::string& path, std::uintmax_t from) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::uintmax_t>(file.tellg());
  const auto start = std::max(from, size > kShownLogBytes ? size - kShownLogBytes : 0);
  if (start >= size) return {};
  file.seekg(static_cast<std::streamoff>(start));
  std::string text(size - start, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

class SupervisedDaemon final : public ports::Daemon {
 public:
  SupervisedDaemon(const std::string& home, ports::DaemonRequest request)
      : request_(std::move(request)),
        record_(home + "/daemons/" + request_.name),
        log_(home + "/logs/" + request_.name + ".log"),
        wake_(eventfd(0, EFD_CLOEXEC)) {}

  ~SupervisedDaemon() override { stop_supervision(); }

  Status begin() {
    std::error_code error;
    fs::create_directories(fs::path(record_).parent_path(), error);
    fs::create_directories(fs::path(log_).parent_path(), error);
    if (error) return Error{ErrorKind::Failed, fmt::format("making {}: {}", log_, error.message())};
    if (!adopt()) TRY(start());
    thread_ = std::thread([this] { watch(); });
    return {};
  }

  int pid() const override { return pid_; }
  int starts() const override { return starts_; }

  Status end(Milliseconds grace) override {
    stop_supervision();
    if (pid_ != 0) end_process(grace);
    std::error_code ignored;
    fs::remove(record_, ignored);
    return {};
  }

 private:
  Error error(ErrorKind kind, const std::string& what) const {
    const std::string said = end_of_file(log_, log_start_);
    return {kind, fmt::format("starting {}: {}{}{}", request_.argv[0], what, said.empty() ? "" : "; it said: ", said)};
  }

  bool answers_within(Milliseconds span) const {
    for (const auto until = Clock::now() + span;;) {
      if (request_.answers()) return true;
      if (Clock::now() >= until || stopping_) return false;
      if (readable_within(pidfd_.number(), kProbePause)) return false;
    }
  }

  /// Keeps what an earlier sluice left running, or ends it when it does not fit.
  bool adopt() {
    std::ifstream file(record_);
    std::string line;
    if (!std::getline(file, line)) return false;
    const auto recorded = ProcessIdentity::parse(line);
    if (!recorded || identify(recorded->pid) != recorded) return false;
    pidfd_ = open_pidfd(recorded->pid);
    if (pidfd_.number() < 0 || identify(recorded->pid) != recorded) return false;
    pid_ = recorded->pid;
    if (runs_with(arguments_of(pid_), request_.argv) && answers_within(kAdoptWithin)) return true;
    end_process(Milliseconds(0));
    return false;
  }

  Status start() {
    for (const pid_t leftover : session_leaders_with(request_.argv)) end_leftover(leftover);
    if (request_.prepare) TRY(request_.prepare());
    std::error_code ignored;
    if (fs::file_size(log_, ignored) > kLogLimitBytes && !ignored) fs::rename(log_, log_ + ".old", ignored);
    log_start_ = fs::exists(log_) ? fs::file_size(log_, ignored) : 0;
    TRY(spawn());
    started_at_ = Clock::now();
    ++starts_;
    if (answers_within(request_.within)) return {};
    const bool died = readable_within(pidfd_.number(), Milliseconds(0));
    const Error failure = died ? error(ErrorKind::Failed, "it ended at once")
                               : error(ErrorKind::TimedOut, "no answer within " + format_duration(request_.within));
    end_process(Milliseconds(0));
    return failure;
  }

  /// Ends what an earlier sluice started and could not record before it was killed.
  static void end_leftover(pid_t pid) {
    const Descriptor pidfd = open_pidfd(pid);
    if (pidfd.number() < 0) return;
    send_signal(pidfd, SIGKILL);
    readable_within(pidfd.number(), Milliseconds(5000));
    end_members(pid);
  }

  Status spawn() {
    ports::Inheritance inheritance = request_.inherits ? request_.inherits() : ports::Inheritance();
    const int beyond = ports::Inheritance::kFirst + static_cast<int>(inheritance.descriptors.size());
    // Copies above all of their places, so that none is overwritten before it is in its own.
    std::vector<Descriptor> copies;
    for (const Descriptor& descriptor : inheritance.descriptors) {
      copies.emplace_back(fcntl(descriptor.number(), F_DUPFD_CLOEXEC, beyond));
      if (!copies.back().is_open()) return error(ErrorKind::Failed, std::strerror(errno));
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    for (std::size_t i = 0; i < copies.size(); ++i) {
      posix_spawn_file_actions_adddup2(&actions, copies[i].number(), ports::Inheritance::kFirst + static_cast<int>(i));
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, beyond);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> argv;
    for (auto& argument : request_.argv) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::vector<char*> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    for (auto& entry : inheritance.environment) environment.push_back(entry.data());
    environment.push_back(nullptr);
    pid_t pid = 0;
    const int failed = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
      return error(failed == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed, std::strerror(failed));
    }
    pidfd_ = open_pidfd(pid);
    pid_ = pid;
    if (const auto identity = identify(pid)) write_record(*identity);
    return {};
  }

  void write_record(const ProcessIdentity& identity) const {
    const std::string temporary = record_ + ".new";
    std::ofstream(temporary) << identity.to_line();
    std::error_code ignored;
    fs::rename(temporary, record_, ignored);
  }

  /// Ends the program and everything in its session, and takes its exit status when it is our child.
  void end_process(Milliseconds grace) {
    const pid_t pid = pid_;
    if (grace.count() > 0) {
      send_signal(pidfd_, SIGTERM);
      readable_within(pidfd_.number(), grace);
    }
    send_signal(pidfd_, SIGKILL);
    readable_within(pidfd_.number(), Milliseconds(5000));
    clear_session(pid);
  }

  static void end_members(pid_t session) {
    for (const pid_t member : session_members(session)) {
      const Descriptor pidfd = open_pidfd(member);
      if (pidfd.number() < 0) continue;
      send_signal(pidfd, SIGKILL);
      readable_within(pidfd.number(), Milliseconds(1000));
    }
  }

  /// While the dead leader is not yet reaped its session id cannot be given to another process.
  void clear_session(pid_t session) {
    end_members(session);
    waitpid(session, nullptr, WNOHANG);
    pidfd_.close();
    pid_ = 0;
  }

  void watch() {
    Milliseconds pause{0};
    while (!stopping_) {
      if (pid_ != 0) {
        pollfd waits[] = {{.fd = pidfd_.number(), .events = POLLIN, .revents = 0},
                          {.fd = wake_.number(), .events = POLLIN, .revents = 0}};
        poll(waits, 2, -1);
        if (stopping_ || (waits[0].revents & POLLIN) == 0) continue;
        clear_session(pid_);
        if (Clock::now() - started_at_ > kSoonAfterStart) pause = Milliseconds(0);
      }
      if (pause.count() > 0 && readable_within(wake_.number(), pause)) continue;
      pause = std::min(kLongestPause, std::max(Milliseconds(20), pause * 2));
      if (const Status started = start(); !started.has_value()) {
        std::ofstream(log_, std::ios::app) << "sluice: " << started.error().message << '\n';
      }
    }
  }

  void stop_supervision() {
    stopping_ = true;
    const std::uint64_t one = 1;
    if (write(wake_.number(), &one, sizeof one) < 0) {
      // The counter is full, so the thread wakes anyway.
    }
    if (thread_.joinable()) thread_.join();
  }

  ports::DaemonRequest request_;
  std::string record_;
  std::string log_;
  std::uintmax_t log_start_ = 0;
  Descriptor pidfd_;
  Descriptor wake_;
  Clock::time_point started_at_{};
  std::atomic<int> pid_ = 0;
  std::atomic<int> starts_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<ports::Daemon>> Daemons::supervise(ports::DaemonRequest request) {
  auto daemon = std::make_unique<SupervisedDaemon>(home_, std::move(request));
  TRY(daemon->begin());
  return std::unique_ptr<ports::Daemon>(std::move(daemon));
}

}  // namespace sluice::linux_host
