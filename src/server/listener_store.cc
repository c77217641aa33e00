#include "server/listener_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

namespace sluice::server {
namespace {

constexpr const char* kVersion = "1";
constexpr std::size_t kLongestMessage = 64u << 10;

/// Room for the control message of `unix(7)` that carries descriptors, aligned as it must be.
struct ControlBuffer {
  alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int) * kMostKeptDescriptors)] = {};
};

std::vector<Descriptor> received(msghdr& message) {
  std::vector<Descriptor> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      descriptors.emplace_back(number);
    }
  }
  return descriptors;
}

}  // namespace

Status send_descriptors(int socket, const NamedDescriptors& descriptors) {
  if (descriptors.size() > static_cast<std::size_t>(kMostKeptDescriptors)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} listening sockets are more than the {} that can be kept through a crash",
                             descriptors.size(), kMostKeptDescriptors)};
  }
  std::string text = kVersion;
  std::vector<int> numbers;
  for (const auto& [name, descriptor] : descriptors) {
    text += "\n" + name;
    numbers.push_back(descriptor.number());
  }
  iovec line{.iov_base = text.data(), .iov_len = text.size()};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &line;
  message.msg_iovlen = 1;
  if (!numbers.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * numbers.size());
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * numbers.size());
    std::memcpy(CMSG_DATA(part), numbers.data(), sizeof(int) * numbers.size());
  }
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return {};
  return Error{ErrorKind::Unavailable, fmt::format("handing on listening sockets: {}", std::strerror(errno))};
}

Result<NamedDescriptors> receive_descriptors(int socket) {
  std::string text(kLongestMessage, '\0');
  iovec line{.iov_base = text.data(), .iov_len = text.size()};
  ControlBuffer control;
  msghdr message{};
  message.msg_iov = &line;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) {
    return Error{ErrorKind::Unavailable, size == 0 ? "the other end has closed" : std::strerror(errno)};
  }
  std::vector<Descriptor> descriptors = received(message);
  text.resize(static_cast<std::size_t>(size));
  std::istringstream lines(text);
  std::string version;
  std::getline(lines, version);
  NamedDescriptors result;
  std::string name;
  for (Descriptor& descriptor : descriptors) {
    if (std::getline(lines, name)) result.emplace(name, std::move(descriptor));
  }
  if (version != kVersion || result.size() != descriptors.size() || (message.msg_flags & MSG_CTRUNC) != 0) {
    return Error{ErrorKind::InvalidInput, "a message of another version of sluice"};
  }
  return result;
}

ListenerStore ListenerStore::of_parent() {
  ListenerStore store;
  const char* number = std::getenv(kVariable);
  if (number == nullptr) return store;
  store.socket_ = Descriptor(std::atoi(number));
  ::unsetenv(kVariable);
  if (::fcntl(store.socket_.number(), F_SETFD, FD_CLOEXEC) != 0) store.socket_.close();
  return store;
}

NamedDescriptors ListenerStore::take() {
  if (!socket_.is_open()) return {};
  auto kept = receive_descriptors(socket_.number());
  return kept.has_value() ? std::move(*kept) : NamedDescriptors();
}

Status ListenerStore::keep(const NamedDescriptors& descriptors) const {
  return socket_.is_open() ? send_descriptors(socket_.number(), descriptors) : Status();
}

}  // namespace sluice::server
