#include "adapters/posix/host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "adapters/posix/process_cgroup.h"
#include "base/descriptor.h"

namespace sluice::posix {
namespace {

using Cgroups = ports::HostFacts::Cgroups;

bool is_cgroup2(const char* path) {
  struct statfs status{};
  return ::statfs(path, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC;
}

Cgroups cgroups() {
  if (is_cgroup2("/sys/fs/cgroup")) return Cgroups::V2;
  if (is_cgroup2("/sys/fs/cgroup/unified")) return Cgroups::Hybrid;
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("0::")) return Cgroups::V1;
  }
  return Cgroups::None;
}

std::optional<long> most_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return std::nullopt;
  return static_cast<long>(limit.rlim_max);
}

/// From the effective set of proc(5)'s status file.
bool has_capability(int capability) {
  std::ifstream lines("/proc/self/status");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("CapEff:")) continue;
    return (std::strtoull(line.c_str() + 7, nullptr, 16) >> capability & 1U) != 0;
  }
  return false;
}

/// The kernel doubles what it grants, for its own bookkeeping, and tells the doubled figure (socket(7)).
long receive_buffer(int wanted) {
  const Descriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe.is_open()) return 0;
  if (::setsockopt(probe.number(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
    ::setsockopt(probe.number(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  }
  int got = 0;
  socklen_t size = sizeof got;
  ::getsockopt(probe.number(), SOL_SOCKET, SO_RCVBUF, &got, &size);
  return got / 2;
}

}  // namespace

ports::HostFacts Host::facts(int wanted_receive_buffer_bytes) {
  std::error_code ignored;
  return {.is_root = ::geteuid() == 0,
          .most_files = most_files(),
          .cgroups = cgroups(),
          .can_make_cgroups = ProcessCgroup::find_parent().has_value(),
          .has_systemd = std::filesystem::is_directory("/run/systemd/system", ignored),
          .may_raise_limits = has_capability(CAP_SYS_RESOURCE),
          .receive_buffer_bytes = receive_buffer(wanted_receive_buffer_bytes)};
}

ports::FolderFacts Host::folder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::path nearest = path;
  while (!std::filesystem::exists(nearest, ignored) && nearest.has_relative_path()) nearest = nearest.parent_path();
  ports::FolderFacts facts;
  struct statfs status{};
  if (::statfs(nearest.c_str(), &status) == 0) {
    facts.free_bytes = static_cast<long>(status.f_bavail) * static_cast<long>(status.f_bsize);
  }
  if (!std::filesystem::is_directory(nearest, ignored)) {
    facts.problem = fmt::format("{} is no folder", nearest.string());
  } else if (::faccessat(AT_FDCWD, nearest.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    facts.problem = fmt::format("{}: {}", nearest.string(), std::strerror(errno));
  } else {
    facts.is_writable = true;
  }
  return facts;
}

}  // namespace sluice::posix
