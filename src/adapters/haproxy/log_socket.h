// The UDP socket on 127.0.0.1 that HAProxy sends a line to for each request.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace sluice::haproxy {

/// Some 100,000 lines.
inline constexpr int kReceiveBufferBytes = 64 << 20;

class LogSocket {
 public:
  /// `port` 0 or one that is taken: another free one. For a reader that is busy the kernel keeps kReceiveBufferBytes
  /// of lines, where this process may ask for so much. Error: Failed.
  static Result<std::unique_ptr<LogSocket>> open(int port);
  ~LogSocket();
  LogSocket(const LogSocket&) = delete;
  LogSocket& operator=(const LogSocket&) = delete;

  int port() const { return port_; }
  int descriptor() const { return fd_; }
  /// Calls `take` with each line that has come, and returns when there is none left.
  void drain(const std::function<void(std::string_view)>& take);

 private:
  struct Buffers;
  LogSocket(int fd, int port);
  int fd_;
  int port_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace sluice::haproxy
