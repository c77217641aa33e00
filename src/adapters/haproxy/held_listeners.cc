#include "adapters/haproxy/held_listeners.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

#include "adapters/haproxy/names.h"
#include "adapters/haproxy/port_owner.h"

namespace sluice::haproxy {
namespace {

namespace fs = std::filesystem;

/// The number that process `pid` has for the socket with this inode.
std::optional<int> number_in_process(int pid, const std::string& inode) {
  const std::string wanted = "socket:[" + inode + "]";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", pid), error)) {
    std::error_code closed;  // A connection may end while this looks.
    if (fs::read_symlink(entry.path(), closed).string() != wanted) continue;
    const std::string name = entry.path().filename();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
  }
  return std::nullopt;
}

Result<Descriptor> take(int pid, int number) {
  const auto refused = [&](const char* what) {
    const int reason = errno;
    return Error{reason == EPERM ? ErrorKind::Denied : ErrorKind::Unavailable,
                 fmt::format("{} of HAProxy (process {}): {}", what, pid, std::strerror(reason))};
  };
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open()) return refused("opening the process");
  Descriptor taken(static_cast<int>(syscall(SYS_pidfd_getfd, process.number(), number, 0)));
  if (!taken.is_open()) return refused("taking a listening socket");
  return taken;
}

bool is_socket(const Descriptor& descriptor, const std::string& inode) {
  struct stat status{};
  return fstat(descriptor.number(), &status) == 0 && std::to_string(status.st_ino) == inode;
}

}  // namespace

Status HeldListeners::match(const std::set<std::string>& addresses, int pid) {
  const std::lock_guard lock(mutex_);
  Status result;
  bool differs = std::erase_if(sockets_, [&](const auto& held) {
                   if (addresses.contains(held.first)) return false;
                   shutdown(held.second.number(), SHUT_RDWR);
                   return true;
                 }) > 0;
  for (const auto& address : addresses) {
    // More than one: a former worker that lets its last connections end.
    std::optional<int> number;
    std::string inode;
    for (const auto& candidate : listening_inodes(address)) {
      number = number_in_process(pid, candidate);
      inode = candidate;
      if (number) break;
    }
    if (!number) {
      result = Error{ErrorKind::NotFound, fmt::format("HAProxy (process {}) does not listen on {}", pid, address)};
      continue;
    }
    const auto held = sockets_.find(address);
    if (held != sockets_.end() && is_socket(held->second, inode)) continue;
    auto taken = take(pid, *number);
    if (taken.has_value()) {
      sockets_.insert_or_assign(address, std::move(*taken));
      differs = true;
    } else {
      result = std::move(taken.error());
    }
  }
  if (differs && changed_) changed_(sockets_);
  return result;
}

ports::Inheritance HeldListeners::inheritance() const {
  const std::lock_guard lock(mutex_);
  ports::Inheritance inheritance;
  for (const auto& [address, socket] : sockets_) {
    const auto number = ports::Inheritance::kFirst + inheritance.descriptors.size();
    // A copy: the start that gets it must not depend on what is let go of meanwhile.
    Descriptor copy(fcntl(socket.number(), F_DUPFD_CLOEXEC, 0));
    if (!copy.is_open()) continue;  // Out of descriptors: HAProxy opens this one itself.
    inheritance.descriptors.push_back(std::move(copy));
    inheritance.environment.push_back(fmt::format("{}=fd@{}", listener_variable(address), number));
  }
  return inheritance;
}

}  // namespace sluice::haproxy
