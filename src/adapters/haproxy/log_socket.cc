#include "adapters/haproxy/log_socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::haproxy {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLongestLine = 4096;

}  // namespace

struct LogSocket::Buffers {
  std::array<std::array<char, kLongestLine>, kBatch> lines;
  std::array<iovec, kBatch> vectors;
  std::array<mmsghdr, kBatch> messages;
};

LogSocket::LogSocket(int fd, int port) : fd_(fd), port_(port), buffers_(std::make_unique<Buffers>()) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    buffers_->vectors[i] = {.iov_base = buffers_->lines[i].data(), .iov_len = kLongestLine};
    buffers_->messages[i] = {};
    buffers_->messages[i].msg_hdr.msg_iov = &buffers_->vectors[i];
    buffers_->messages[i].msg_hdr.msg_iovlen = 1;
  }
}

LogSocket::~LogSocket() { close(fd_); }

Result<std::unique_ptr<LogSocket>> LogSocket::open(int port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  bool bound = fd >= 0 && bind(fd, generic, sizeof address) == 0;
  if (!bound && fd >= 0) {
    address.sin_port = 0;
    bound = bind(fd, generic, sizeof address) == 0;
  }
  if (!bound) {
    Error error{ErrorKind::Failed, fmt::format("opening a UDP port on 127.0.0.1: {}", std::strerror(errno))};
    if (fd >= 0) close(fd);
    return error;
  }
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  }
  socklen_t length = sizeof address;
  getsockname(fd, generic, &length);
  return std::unique_ptr<LogSocket>(new LogSocket(fd, ntohs(address.sin_port)));
}

void LogSocket::drain(const std::function<void(std::string_view)>& take) {
  for (;;) {
    const int count = recvmmsg(fd_, buffers_->messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(i);
      take({buffers_->lines[index].data(), buffers_->messages[index].msg_len});
    }
    if (static_cast<std::size_t>(count) < kBatch) return;
  }
}

}  // namespace sluice::haproxy
