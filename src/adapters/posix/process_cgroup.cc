#include "adapters/posix/process_cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace sluice::posix {
namespace {

constexpr std::string_view kPrefix = "sluice-";
constexpr auto kEmptyWithin = std::chrono::seconds(2);

/// This process's folder in the cgroup2 hierarchy, from the `0::` line.
std::optional<std::string> own_folder() {
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return std::nullopt;
}

/// The number between the prefix and the next dash, or 0.
pid_t owner_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return 0;
  name.remove_prefix(kPrefix.size());
  pid_t owner = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), owner);
  return error == std::errc{} && stop != name.data() + name.size() && *stop == '-' ? owner : 0;
}

void write_kill(const std::string& path) {
  const Descriptor kill_file(::open((path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  if (kill_file.is_open()) {
    [[maybe_unused]] const ssize_t written = ::write(kill_file.number(), "1", 1);
  }
}

bool is_populated(int events) {
  char text[256];
  const ssize_t size = ::pread(events, text, sizeof text, 0);
  return size > 0 &&
         std::string_view(text, static_cast<std::size_t>(size)).find("populated 1") != std::string_view::npos;
}

/// Waits until no process is left in the folder; false after `kEmptyWithin`.
bool wait_until_empty(const std::string& path) {
  const Descriptor events(::open((path + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC));
  const auto deadline = std::chrono::steady_clock::now() + kEmptyWithin;
  while (events.is_open() && is_populated(events.number())) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waited{events.number(), POLLPRI, 0};
    ::poll(&waited, 1, static_cast<int>(left.count()));
  }
  return true;
}

}  // namespace

std::optional<std::string> ProcessCgroup::find_parent() {
  const std::optional<std::string> own = own_folder();
  if (!own) return std::nullopt;
  for (const std::string mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    const std::string folder = *own == "/" ? mount : mount + *own;
    if (::access((folder + "/cgroup.procs").c_str(), W_OK) != 0) continue;
    std::optional<ProcessCgroup> trial = create(folder);
    if (trial && ::access((trial->path_ + "/cgroup.kill").c_str(), W_OK) == 0) return folder;
  }
  return std::nullopt;
}

void ProcessCgroup::end_abandoned(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
    const pid_t owner = owner_of(entry.path().filename().string());
    if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
    write_kill(entry.path().string());
    wait_until_empty(entry.path().string());
    ::rmdir(entry.path().c_str());
  }
}

std::optional<ProcessCgroup> ProcessCgroup::create(const std::string& parent) {
  static std::atomic<unsigned> made = 0;
  std::string path = fmt::format("{}/{}{}-{}", parent, kPrefix, ::getpid(), made++);
  if (::mkdir(path.c_str(), 0700) != 0) return std::nullopt;
  Descriptor members(::open((path + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!members.is_open()) {
    ::rmdir(path.c_str());
    return std::nullopt;
  }
  return ProcessCgroup(std::move(path), std::move(members));
}

ProcessCgroup::~ProcessCgroup() {
  if (!members_.is_open()) return;
  members_.close();
  if (::rmdir(path_.c_str()) == 0) return;
  kill_all();
  ::rmdir(path_.c_str());
}

std::vector<pid_t> ProcessCgroup::members() const {
  std::vector<pid_t> found;
  std::ifstream lines(path_ + "/cgroup.procs");
  for (pid_t pid = 0; lines >> pid;) found.push_back(pid);
  return found;
}

void ProcessCgroup::signal_all(int signal) const {
  for (const pid_t pid : members()) ::kill(pid, signal);
}

void ProcessCgroup::kill_all() const {
  write_kill(path_);
  wait_until_empty(path_);
}

}  // namespace sluice::posix
