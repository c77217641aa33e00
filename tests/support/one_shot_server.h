// An HTTP server for tests that does with each request what the test says, good manners or not.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace sluice::test {

/// Takes one connection after the other, reads a request's head and body, and does what the test says with it.
class OneShotServer {
 public:
  using Handler = std::function<void(int connection, const std::string& request)>;

  explicit OneShotServer(Handler handler, const std::string& unix_path = {}) : handler_(std::move(handler)) {
    if (unix_path.empty()) {
      listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
      socklen_t length = sizeof address;
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
      port_ = ntohs(address.sin_port);
    } else {
      listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
      bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    listen(listener_, 16);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~OneShotServer() {
    thread_.request_stop();
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  OneShotServer(const OneShotServer&) = delete;
  OneShotServer& operator=(const OneShotServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  /// Nothing from a client that goes away before it has said all: it was told to stop, and asks for nothing.
  static std::optional<std::string> read_request(int connection) {
    std::string text;
    char buffer[4096];
    std::size_t wanted = std::string::npos;
    while (text.size() < wanted) {
      const ssize_t count = read(connection, buffer, sizeof buffer);
      if (count <= 0) return std::nullopt;
      text.append(buffer, static_cast<std::size_t>(count));
      const auto head = text.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const auto field = text.find("Content-Length: ");
      wanted = head + 4 + (field < head ? std::strtoul(text.c_str() + field + 16, nullptr, 10) : 0);
    }
    return text;
  }
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      if (const auto request = read_request(connection)) handler_(connection, *request);
      close(connection);
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace sluice::test
