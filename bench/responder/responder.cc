// A tiny HTTP/1.1 responder for benchmarks and integration tests, linked statically so that its image holds nothing
// else. One thread, epoll, keep-alive. Every answer carries `x-app: VERSION`.
//
//   GET /health   200, or 503 with NEVER_HEALTHY
//   GET /ws       a WebSocket that stays open until the other side closes it
//   GET /metrics  counters for Prometheus: answers_total and answers_empty_total, by the label revision
//   anything else 200 with the version, or 500 for FAIL_SHARE of the requests
//
// Environment: PORT (8080), VERSION (unset: "0"), FAIL_SHARE (0…1), FAIL_AFTER_MS (only from then on), SLOW_MS (each
// answer but /health waits so long), LOG_SHARE (0…1, of requests that log an error with their x-request-id),
// EMPTY_SHARE (0…1, of answers that are empty in its log and its counters; each answer logs answer_empty then),
// NEVER_HEALTHY (1), EXIT_AFTER_MS with EXIT_CODE (1), EAT_MIB (memory taken at the start), IGNORE_TERM (1). `responder
// --exit N TEXT` prints TEXT and exits N.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/responder/websocket_key.h"

namespace {

using Clock = std::chrono::steady_clock;

double number(const char* name, double otherwise) {
  const char* text = getenv(name);
  return text == nullptr ? otherwise : atof(text);
}

struct Behaviour {
  std::string version = getenv("VERSION") != nullptr ? getenv("VERSION") : "0";
  double fail_share = number("FAIL_SHARE", 0);
  double log_share = number("LOG_SHARE", 0);
  double empty_share = number("EMPTY_SHARE", -1);
  std::string revision = getenv("SLUICE_REVISION") != nullptr ? getenv("SLUICE_REVISION") : "";
  std::chrono::milliseconds fail_after{static_cast<long>(number("FAIL_AFTER_MS", 0))};
  std::chrono::milliseconds slow{static_cast<long>(number("SLOW_MS", 0))};
  std::chrono::milliseconds exit_after{static_cast<long>(number("EXIT_AFTER_MS", 0))};
  int exit_code = static_cast<int>(number("EXIT_CODE", 1));
  bool never_healthy = number("NEVER_HEALTHY", 0) != 0;
  int port = static_cast<int>(number("PORT", 8080));
};

struct Connection {
  std::string in;
  bool websocket = false;
};

struct Waiting {
  Clock::time_point due;
  int fd;
  unsigned long generation;
  std::string answer;
};

class Responder {
 public:
  explicit Responder(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  int run() {
    if (!listen_on(behaviour_.port)) {
      perror("responder: listen");
      return 1;
    }
    printf("responder %s listens on port %d\n", behaviour_.version.c_str(), behaviour_.port);
    fflush(stdout);
    for (;;) {
      epoll_event events[256];
      const int count = epoll_wait(epoll_, events, 256, wait_milliseconds());
      if (behaviour_.exit_after.count() > 0 && Clock::now() - started_ >= behaviour_.exit_after) {
        fprintf(stderr, "responder: ending with %d as told\n", behaviour_.exit_code);
        return behaviour_.exit_code;
      }
      for (int i = 0; i < count; ++i) {
        events[i].data.fd == listener_ ? accept_all() : read_some(events[i].data.fd);
      }
      send_due();
    }
  }

 private:
  bool listen_on(int port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 4096) != 0) {
      return false;
    }
    epoll_ = epoll_create1(0);
    watch(listener_);
    return true;
  }
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  int wait_milliseconds() const {
    auto until = Clock::time_point::max();
    if (!waiting_.empty()) until = waiting_.front().due;
    if (behaviour_.exit_after.count() > 0) until = std::min(until, started_ + behaviour_.exit_after);
    if (until == Clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::max<long>(0, left));
  }
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      generations_[fd] = ++generation_;
      connections_[fd] = std::make_unique<Connection>();
      watch(fd);
    }
  }
  void drop(int fd) {
    connections_.erase(fd);
    generations_.erase(fd);
    close(fd);
  }
  void read_some(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    char buffer[16384];
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return drop(fd);
    if (found->second->websocket) return;
    found->second->in.append(buffer, static_cast<std::size_t>(count));
    while (take_request(fd, *found->second)) {
    }
  }
  /// Answers the first whole request in the buffer; false when there is none.
  bool take_request(int fd, Connection& connection) {
    const auto end = connection.in.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string head = connection.in.substr(0, end + 2);
    const std::size_t length = end + 4 + content_length(head);
    if (connection.in.size() < length) return false;
    connection.in.erase(0, length);
    respond(fd, connection, head);
    return true;
  }
  static std::string header(const std::string& head, const char* name) {
    const char* at = strcasestr(head.c_str(), name);
    if (at == nullptr) return {};
    at += strlen(name);  // past the line end that it begins with
    const char* end = strstr(at, "\r\n");
    std::string value(at, end == nullptr ? at + strlen(at) : end);
    value.erase(0, value.find_first_not_of(' '));
    return value;
  }
  static std::size_t content_length(const std::string& head) {
    return strtoul(header(head, "\r\ncontent-length:").c_str(), nullptr, 10);
  }
  void respond(int fd, Connection& connection, const std::string& head) {
    const auto path_start = head.find(' ') + 1;
    const std::string path = head.substr(path_start, head.find_first_of(" ?", path_start) - path_start);
    if (path == "/health") {
      send_now(
          fd, behaviour_.never_healthy ? answer("503 Service Unavailable", "not healthy\n") : answer("200 OK", "ok\n"));
      return;
    }
    if (path == "/metrics") return send_now(fd, answer("200 OK", counters()));
    if (path == "/ws") {
      connection.websocket = true;
      send_now(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nx-app: " +
                       behaviour_.version + "\r\nSec-WebSocket-Accept: " +
                       bench::websocket_accept(header(head, "\r\nsec-websocket-key:")) + "\r\n\r\n");
      return;
    }
    if (behaviour_.log_share > 0 && drand48() < behaviour_.log_share) {
      printf("{\"level\":\"error\",\"message\":\"the bug\",\"request_id\":\"%s\"}\n",
             header(head, "\r\nx-request-id:").c_str());
      fflush(stdout);
    }
    count_answer();
    const bool failing = Clock::now() - started_ >= behaviour_.fail_after && drand48() < behaviour_.fail_share;
    const std::string text = failing ? answer("500 Internal Server Error", "the bug\n")
                                     : answer("200 OK", "version " + behaviour_.version + "\n");
    if (behaviour_.slow.count() == 0) return send_now(fd, text);
    waiting_.push_back({Clock::now() + behaviour_.slow, fd, generations_[fd], text});
  }
  void count_answer() {
    const bool is_empty = behaviour_.empty_share > 0 && drand48() < behaviour_.empty_share;
    ++answers_;
    empty_answers_ += is_empty ? 1 : 0;
    if (behaviour_.empty_share < 0) return;
    printf("{\"level\":\"info\",\"answer_empty\":%s}\n", is_empty ? "true" : "false");
    fflush(stdout);
  }
  std::string counters() const {
    const std::string label = "{revision=\"" + behaviour_.revision + "\"} ";
    return "answers_total" + label + std::to_string(answers_) + "\nanswers_empty_total" + label +
           std::to_string(empty_answers_) + "\n";
  }
  std::string answer(const char* status, const std::string& body) const {
    return std::string("HTTP/1.1 ") + status +
           "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nx-app: " + behaviour_.version + "\r\n\r\n" + body;
  }
  /// Answers are far smaller than a socket's buffer: one that does not fit means that nobody reads.
  void send_now(int fd, const std::string& text) {
    if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) shutdown(fd, SHUT_RDWR);
  }
  void send_due() {
    while (!waiting_.empty() && waiting_.front().due <= Clock::now()) {
      const auto& first = waiting_.front();
      const auto generation = generations_.find(first.fd);
      if (generation != generations_.end() && generation->second == first.generation) send_now(first.fd, first.answer);
      waiting_.pop_front();
    }
  }

  Behaviour behaviour_;
  Clock::time_point started_ = Clock::now();
  int listener_ = -1;
  int epoll_ = -1;
  unsigned long generation_ = 0;
  unsigned long answers_ = 0;
  unsigned long empty_answers_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::unordered_map<int, unsigned long> generations_;
  std::deque<Waiting> waiting_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "--exit") {
    if (argc >= 4) puts(argv[3]);
    return atoi(argv[2]);
  }
  if (number("IGNORE_TERM", 0) != 0) signal(SIGTERM, SIG_IGN);
  if (const auto mib = static_cast<std::size_t>(number("EAT_MIB", 0)); mib > 0) {
    static std::string eaten;
    for (std::size_t i = 0; i < mib; ++i) eaten.append(1u << 20, 'x');
    printf("responder: has eaten %zu MiB\n", eaten.size() >> 20);
  }
  return Responder(Behaviour()).run();
}
