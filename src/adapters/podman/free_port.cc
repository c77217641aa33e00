#include "adapters/podman/free_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <random>

namespace sluice::podman {
namespace {

constexpr int kLowest = 12'000;
constexpr int kHighest = 32'000;

/// First port of the kernel's own range (ip(7), ip_local_port_range).
int first_outgoing_port() {
  int first = kHighest;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return first;
}

bool is_free(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

}  // namespace

Result<int> choose_free_port() {
  // Two sluices that start at once begin at different places.
  static std::atomic<unsigned> next = std::random_device()();
  const int end = std::min(kHighest, std::max(kLowest + 1000, first_outgoing_port()));
  const int count = end - kLowest;
  for (int tried = 0; tried < count; ++tried) {
    const int port = kLowest + static_cast<int>(next++ % static_cast<unsigned>(count));
    if (is_free(port)) return port;
  }
  return Error{ErrorKind::Unavailable, "no free port between 12000 and 32000 for a replica on the host network"};
}

}  // namespace sluice::podman
