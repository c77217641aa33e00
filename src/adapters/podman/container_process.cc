#include "adapters/podman/container_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace sluice::podman {
namespace {

/// The file that counts kills for lack of memory, from the lines `ID:CONTROLLERS:PATH` of /proc/PID/cgroup
/// (cgroups(7)); empty when the process is in no control group of the container.
std::string memory_file_of(int pid, const std::string& container_id, bool& member) {
  std::ifstream groups(fmt::format("/proc/{}/cgroup", pid));
  std::string found;
  for (std::string line; std::getline(groups, line);) {
    if (line.find(container_id) == std::string::npos) continue;
    member = true;
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers == "memory") return "/sys/fs/cgroup/memory" + path + "/memory.oom_control";
    if (controllers.empty()) found = "/sys/fs/cgroup" + path + "/memory.events";
  }
  return found;
}

}  // namespace

std::optional<ContainerProcess> ContainerProcess::open(int pid, const std::string& container_id) {
  if (pid <= 0 || container_id.empty()) return std::nullopt;
  const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return std::nullopt;
  bool member = false;
  ContainerProcess process(pidfd, memory_file_of(pid, container_id, member));
  if (!member || !process.alive()) return std::nullopt;
  return process;
}

ContainerProcess::~ContainerProcess() {
  if (pidfd_ >= 0) close(pidfd_);
}
ContainerProcess::ContainerProcess(ContainerProcess&& from) noexcept
    : pidfd_(std::exchange(from.pidfd_, -1)), memory_file_(std::move(from.memory_file_)) {}

bool ContainerProcess::alive() const { return !ends_within(Milliseconds(0), {}); }

bool ContainerProcess::ends_within(Milliseconds span, const std::stop_token& stop) const {
  pollfd waits[2] = {{.fd = pidfd_, .events = POLLIN, .revents = 0}, {.fd = -1, .events = POLLIN, .revents = 0}};
  if (!stop.stop_possible()) return poll(waits, 1, static_cast<int>(span.count())) > 0;
  const int wake = eventfd(0, EFD_CLOEXEC);
  waits[1].fd = wake;
  {
    const std::stop_callback on_stop(stop, [wake] { eventfd_write(wake, 1); });
    poll(waits, 2, static_cast<int>(span.count()));
  }
  close(wake);
  return (waits[0].revents & POLLIN) != 0;
}

void ContainerProcess::signal(int number) const { syscall(SYS_pidfd_send_signal, pidfd_, number, nullptr, 0); }

bool ContainerProcess::out_of_memory() const {
  std::ifstream file(memory_file_);
  for (std::string name; file >> name;) {
    long count = 0;
    if (!(file >> count)) break;
    if (name == "oom_kill" && count > 0) return true;
  }
  return false;
}

}  // namespace sluice::podman
