#include "adapters/haproxy/port_owner.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace sluice::haproxy {
namespace {

namespace fs = std::filesystem;

/// The inodes of the sockets that listen and whose local address ends so, from /proc/net/tcp (proc(5)): local address
/// is field 2 as `HEX:PORT`, state field 4 (0A: listening), inode field 10.
std::vector<std::string> inodes_listening_at(const std::string& end_of_address) {
  std::vector<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      std::string field[10];
      for (auto& text : field) fields >> text;
      if (field[1].ends_with(end_of_address) && field[3] == "0A") inodes.push_back(field[9]);
    }
  }
  return inodes;
}

/// Nothing when `listen` is no `address:port` of IPv4.
std::optional<sockaddr_in> socket_address(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(listen.c_str() + colon + 1)));
  if (inet_pton(AF_INET, listen.substr(0, colon).c_str(), &address.sin_addr) != 1) return std::nullopt;
  return address;
}

/// `NAME (process PID)` of who holds the socket; empty when that cannot be seen.
std::string holder_of(const std::vector<std::string>& inodes) {
  if (inodes.empty()) return {};
  const std::string wanted = "socket:[" + inodes.front() + "]";
  std::error_code error;
  for (const auto& process : fs::directory_iterator("/proc", error)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code unreadable;
    for (const auto& fd : fs::directory_iterator(process.path() / "fd", unreadable)) {
      if (fs::read_symlink(fd.path(), unreadable).string() != wanted) continue;
      std::string name;
      std::getline(std::ifstream(process.path() / "comm"), name);
      return fmt::format("{} (process {})", name, pid);
    }
  }
  return {};
}

}  // namespace

Status check_free(const std::string& listen) {
  const auto address = socket_address(listen);
  if (!address) return Error{ErrorKind::InvalidInput, fmt::format("{} is no address to listen on", listen)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  // Without SO_REUSEPORT, which HAProxy uses: with it a second listener would silently take half of the traffic.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound =
      bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 && ::listen(fd, 1) == 0;
  const int reason = errno;
  close(fd);
  if (bound) return {};
  if (reason == EADDRINUSE) {
    const std::string holder = holder_of(inodes_listening_at(fmt::format(":{:04X}", ntohs(address->sin_port))));
    return Error{ErrorKind::Conflict,
                 fmt::format("{} is in use by {}", listen, holder.empty() ? "another program" : holder)};
  }
  const auto kind = reason == EACCES ? ErrorKind::Denied : ErrorKind::InvalidInput;
  return Error{kind, fmt::format("listening on {}: {}", listen, std::strerror(reason))};
}

std::vector<std::string> listening_inodes(const std::string& listen) {
  const auto address = socket_address(listen);
  if (!address) return {};
  // The kernel prints the four bytes of the address as one number of this machine's byte order.
  const std::string wanted = fmt::format("{:08X}:{:04X}", address->sin_addr.s_addr, ntohs(address->sin_port));
  return inodes_listening_at(wanted);
}

}  // namespace sluice::haproxy
