// Whether HAProxy's log is read without loss: telemetry's count of requests against HAProxy's own counters, under load.
//
//   build/bench/log_loss [--rate 20000] [--seconds 10] [--connections 64] [--responders 2]
//
// HAProxy, responders (bench/responder) and a closed-loop load run on this machine, on loopback alone; on a small one
// they are the limit, so that the rate which was reached is among the figures. Then the reader alone gets lines of the
// same form at the wanted rate. Prints one JSON line a figure; exits 1 when a line was lost.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/haproxy/names.h"
#include "adapters/haproxy/runtime_socket.h"
#include "support/haproxy_world.h"

namespace {

using namespace sluice;
using testing_support::HaproxyWorld;

struct Options {
  double rate = 20'000;
  double seconds = 10;
  int connections = 64;
  int responders = 2;
};

void tell(const char* figure, double value, const char* unit, std::optional<double> goal = std::nullopt) {
  fmt::print("{{\"figure\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\"", figure, value, unit);
  if (goal) fmt::print(",\"goal\":{:.3f},\"ratio_to_goal\":{:.2f}", *goal, value / *goal);
  fmt::print("}}\n");
  std::fflush(stdout);
}

/// HAProxy's own count of a slot's requests.
long long counted_by_haproxy(const HaproxyWorld& world, const std::string& backend) {
  const haproxy::RuntimeSocket socket(world.run_directory() + "/haproxy.sock");
  const auto table = socket.command("show stat");
  if (!table.has_value()) return -1;
  for (const auto& row : haproxy::parse_table(*table, ',')) {
    if (haproxy::text_in(row, "pxname") == backend && haproxy::text_in(row, "svname") == "BACKEND") {
      return haproxy::number_in(row, "req_tot");
    }
  }
  return -1;
}

struct Read {
  long long requests = 0;
  long long timed = 0;
  long long lost = 0;
};

Read read_all(HaproxyWorld& world, const ports::RoutedService& service) {
  Read read;
  const auto measured = world.telemetry().read(service.service, rollout::Slot::A, TimePoint{});
  if (!measured.has_value()) return read;
  for (const auto& slot : measured->slots) {
    read.requests += slot.requests;
    read.timed += slot.latency.total();
  }
  read.lost = measured->lost_lines;
  return read;
}

/// A connection that asks again as soon as it has an answer.
class Asker {
 public:
  Asker(int port, std::string request) : request_(std::move(request)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    is_open_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Asker() { close(socket_); }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  int socket() const { return socket_; }
  bool is_open() const { return is_open_; }
  void ask() { is_open_ = is_open_ && ::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) > 0; }
  /// True when a whole answer is there. The responder's answers are short: they come in one piece.
  bool hear() {
    char buffer[2048];
    const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
    is_open_ = count > 0;
    return is_open_;
  }

 private:
  std::string request_;
  int socket_;
  bool is_open_ = false;
};

/// Asks over so many connections for a while, no faster than `rate`. How many answers came.
long long run_load(const Options& options, const ports::RoutedService& service) {
  const int port = std::stoi(service.listen.substr(service.listen.rfind(':') + 1));
  std::vector<std::unique_ptr<Asker>> askers;
  const int poller = epoll_create1(0);
  for (int i = 0; i < options.connections; ++i) {
    askers.push_back(std::make_unique<Asker>(port, "GET " + service.route.path + " HTTP/1.1\r\nHost: bench\r\n\r\n"));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = askers.back().get()}};
    epoll_ctl(poller, EPOLL_CTL_ADD, askers.back()->socket(), &event);
  }
  std::deque<Asker*> idle;
  for (const auto& asker : askers) idle.push_back(asker.get());
  const auto began = std::chrono::steady_clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  long long asked = 0;
  long long answered = 0;
  while (spent() < options.seconds || answered < asked) {
    const auto due = static_cast<long long>(std::min(spent(), options.seconds) * options.rate);
    for (; asked < due && !idle.empty(); idle.pop_front(), ++asked) idle.front()->ask();
    epoll_event events[64];
    const int count = epoll_wait(poller, events, 64, 1);
    for (int i = 0; i < count; ++i) {
      auto* const asker = static_cast<Asker*>(events[i].data.ptr);
      if (!asker->hear()) break;
      ++answered;
      idle.push_back(asker);
    }
    if (!std::ranges::all_of(askers, &Asker::is_open)) break;
  }
  close(poller);
  return answered;
}

/// Lines of the same form straight to the reader, which no router on this machine could write as fast. How many went.
long long send_lines(const Options& options, const haproxy::Telemetry& telemetry, const ports::Clock& clock) {
  const int out = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(telemetry.port()));
  const auto began = std::chrono::steady_clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  long long sent = 0;
  while (spent() < options.seconds) {
    for (const auto due = static_cast<long long>(spent() * options.rate); sent < due; ++sent) {
      const std::string line = fmt::format(
          "{} {} 1 shop.local.direct:a s1 200 0 {} {} - GET /api/v1/chat 7F000001C2A07F0000014E70{:08X}",
          telemetry.token(), clock.now().time_since_epoch().count(), 20 + sent % 100, 20'000 + sent % 100'000, sent);
      if (sendto(out, line.data(), line.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        --sent;
      }
    }
    pollfd nothing{.fd = -1, .events = 0, .revents = 0};
    poll(&nothing, 1, 1);
  }
  close(out);
  return sent;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// How the reader alone does at the wanted rate.
bool measure_reader(const Options& options, HaproxyWorld& world) {
  const rollout::ServiceKey direct{.project = "shop", .environment = "local", .service = "direct"};
  const double before = processor_seconds();
  const long long sent = send_lines(options, world.telemetry(), world.clock());
  long long read = 0;
  testing_support::eventually([&] {
    const auto measured = world.telemetry().read(direct, rollout::Slot::A, TimePoint{});
    read = 0;
    if (measured.has_value()) {
      for (const auto& slot : measured->slots) read += slot.requests;
    }
    return read == sent;
  });
  const auto lines = static_cast<double>(sent);
  tell("direct_lines_a_second", lines / options.seconds, "lines/s", options.rate);
  tell("direct_lines_read", static_cast<double>(read), "lines", lines);
  tell("direct_lines_processor_time", (processor_seconds() - before) / lines * 1e6, "us/line, their sender included");
  return read == sent && sent > 0;
}

int measure(const Options& options) {
  const auto world = HaproxyWorld::create();
  if (!world) {
    fmt::print(stderr, "log_loss: HAProxy is not installed\n");
    return 1;
  }
  const auto service = world->service("web");
  std::vector<ports::Endpoint> replicas;
  for (int i = 0; i < options.responders; ++i) replicas.push_back(world->replica());
  for (const Status& status :
       {world->router().ensure(service), world->router().set_endpoints(service.service, rollout::Slot::A, replicas, {}),
        world->router().set_split(service.service, {.open = true, .slot_b = Weight::none()})}) {
    if (!status.has_value()) {
      fmt::print(stderr, "log_loss: {}\n", status.error().message);
      return 1;
    }
  }
  const std::string backend = haproxy::backend_name(service.service, rollout::Slot::A);
  const auto began = std::chrono::steady_clock::now();
  const long long answered = run_load(options, service);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const long long counted = counted_by_haproxy(*world, backend);
  Read read;
  testing_support::eventually([&] {
    read = read_all(*world, service);
    return read.requests == counted;
  });
  const auto requests = static_cast<double>(counted);
  tell("requests_that_haproxy_counted", requests, "requests");
  tell("requests_a_second", requests / took.count(), "requests/s", options.rate);
  tell("lines_read", static_cast<double>(read.requests), "lines", requests);
  tell("lines_with_a_time", static_cast<double>(read.timed), "lines", requests);
  tell("lines_lost_by_the_counters", static_cast<double>(read.lost), "lines");
  const bool whole = read.requests == counted && read.lost == 0 && counted > 0 && answered == counted;
  return measure_reader(options, *world) && whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Reads HAProxy's log under load and compares with its counters."};
  app.add_option("--rate", options.rate, "Requests, and then lines, a second")->check(CLI::Range(1.0, 200'000.0));
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::Range(0.5, 120.0));
  app.add_option("--connections", options.connections, "That ask at once")->check(CLI::Range(1, 1000));
  app.add_option("--responders", options.responders, "Replicas")->check(CLI::Range(1, 4));
  CLI11_PARSE(app, argc, argv);
  return measure(options);
}
