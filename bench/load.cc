// An open-loop load generator that tells what a user would have met. It sends at a constant rate whatever the answers
// are, never repeats a request, and puts each into one of three classes:
//
//   served                 an answer below 500
//   failed by application  a 5xx that carries the application's own mark (a response header)
//   lost                   everything else: reset, refusal, truncated body, timeout, a 5xx without the mark
//
// Of the lost ones, `refused` are those to which not even a connection was given. An idle connection that the server
// has closed by the time it would be used again is no request's: like any client, this one opens another, and counts
// them as `idle_closed`.
//
// Prints one JSON summary when it ends (after --seconds, or on SIGTERM or SIGINT).
#include <fmt/format.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/json_text.h"
#include "base/time.h"

namespace {

namespace io = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using Tcp = io::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string address = "127.0.0.1";
  unsigned short port = 80;
  std::string host = "load.test";
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::string> bodies;  ///< Sent in turn; `{n}` becomes the request's number modulo 20.
  std::string mark = "x-app";
  double rate = 50;
  double seconds = 60;
  double new_share = 0.1;  ///< Of the requests, on a connection of their own.
  double timeout_seconds = 10;
  double slow_seconds = 0;  ///< Answers that take longer are noted in `bad_file`; 0: none.
  std::string bad_file;
};

struct Tally {
  long served = 0;
  long failed_by_application = 0;
};

struct Report {
  long sent = 0;
  long lost = 0;
  long refused = 0;
  long idle_closed = 0;
  Tally all;
  std::map<std::string, Tally> versions;
  std::map<std::string, long> lost_kinds;
  std::vector<float> latencies_ms;
};

std::string now_text() {
  return sluice::format_rfc3339(std::chrono::time_point_cast<sluice::Milliseconds>(std::chrono::system_clock::now()));
}

class Load;

/// One connection; carries one request at a time.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(io::io_context& context, Load& load) : stream_(context), load_(load) {}
  void send(bool keep, long number, Clock::time_point due);
  /// Has the other side closed it? While it is idle nothing else can be there to read.
  bool is_closed();

 private:
  void write();
  void read();
  void finished(const beast::error_code& error, const char* doing);

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::unique_ptr<http::response_parser<http::string_body>> parser_;
  Load& load_;
  Clock::time_point due_;
  bool connected_ = false;
  bool keep_ = true;
  bool reused_ = false;
};

class Load {
 public:
  explicit Load(Options options)
      : options_(std::move(options)),
        timer_(context_),
        signals_(context_, SIGTERM, SIGINT),
        endpoint_(io::ip::make_address(options_.address), options_.port) {
    if (!options_.bad_file.empty()) bad_.open(options_.bad_file, std::ios::app);
  }

  int run() {
    started_ = Clock::now();
    ends_ = started_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    signals_.async_wait([this](const beast::error_code& error, int) {
      if (!error) stop();
    });
    schedule();
    context_.run();
    std::cout << sluice::to_json_text(summary()) << std::endl;
    return 0;
  }

  const Options& options() const { return options_; }
  const Tcp::endpoint& endpoint() const { return endpoint_; }

  void answered(const http::response<http::string_body>& response, Clock::time_point due) {
    --open_;
    const auto spent = std::chrono::duration<float, std::milli>(Clock::now() - due);
    report_.latencies_ms.push_back(spent.count());
    const auto mark = response.find(options_.mark);
    const std::string version = mark == response.end() ? "" : std::string(mark->value());
    const unsigned status = response.result_int();
    if (status < 500) {
      ++report_.all.served;
      ++report_.versions[version].served;
      if (options_.slow_seconds > 0 && spent.count() > options_.slow_seconds * 1000) {
        note("slow", status, version, fmt::format("{:.0f} ms", spent.count()));
      }
    } else if (!version.empty()) {
      ++report_.all.failed_by_application;
      ++report_.versions[version].failed_by_application;
      note("application", status, version, "");
    } else {
      lose(fmt::format("status {} without the application's mark", status), status);
    }
  }

  void lost(const std::string& what, bool refused) {
    --open_;
    if (refused) ++report_.refused;
    lose(what, 0);
  }

  void keep(std::shared_ptr<Connection> connection) { idle_.push_back(std::move(connection)); }

 private:
  /// Requests are due at fixed moments; a late timer sends all that are due by then.
  void schedule() {
    const auto due = moment(report_.sent);
    if (stopping_ || due >= ends_) return stop();
    timer_.expires_at(due);
    timer_.async_wait([this](const beast::error_code& error) {
      if (error || stopping_) return;
      while (!stopping_ && moment(report_.sent) <= Clock::now() && moment(report_.sent) < ends_) send_one();
      schedule();
    });
  }

  Clock::time_point moment(long number) const {
    return started_ + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(static_cast<double>(number) / options_.rate));
  }

  void send_one() {
    const long number = report_.sent++;
    ++open_;
    const bool own = static_cast<double>(number % 1000) < options_.new_share * 1000;
    std::shared_ptr<Connection> connection = own ? nullptr : idle_connection();
    if (!connection) connection = std::make_shared<Connection>(context_, *this);
    connection->send(!own, number, moment(number));
  }

  /// The longest idle one, so that none grows old; null when there is none.
  std::shared_ptr<Connection> idle_connection() {
    while (!idle_.empty()) {
      const std::shared_ptr<Connection> connection = std::move(idle_.front());
      idle_.pop_front();
      if (!connection->is_closed()) return connection;
      ++report_.idle_closed;
    }
    return nullptr;
  }

  void stop() {
    if (std::exchange(stopping_, true)) return;
    timer_.cancel();
    signals_.cancel();
    seconds_ = std::chrono::duration<double>(Clock::now() - started_).count();
    idle_.clear();  // what is under way ends by its answer or its timeout
  }

  void lose(const std::string& what, unsigned status) {
    ++report_.lost;
    ++report_.lost_kinds[what];
    note("lost", status, "", what);
  }

  void note(const char* kind, unsigned status, const std::string& version, const std::string& detail) {
    if (!bad_.is_open()) return;
    bad_ << sluice::to_json_text(json::object{
                {"at", now_text()}, {"kind", kind}, {"status", status}, {"version", version}, {"detail", detail}})
         << std::endl;
  }

  double percentile(double share) {
    auto& values = report_.latencies_ms;
    if (values.empty()) return 0;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }

  json::object summary() {
    json::object versions;
    for (const auto& [version, tally] : report_.versions) {
      versions[version.empty() ? "(no mark)" : version] = {{"served", tally.served},
                                                           {"failed_by_application", tally.failed_by_application}};
    }
    json::object kinds;
    for (const auto& [kind, count] : report_.lost_kinds) kinds[kind] = count;
    return {{"type", "summary"},
            {"seconds", seconds_},
            {"sent", report_.sent},
            {"served", report_.all.served},
            {"failed_by_application", report_.all.failed_by_application},
            {"lost", report_.lost},
            {"refused", report_.refused},
            {"idle_closed", report_.idle_closed},
            {"lost_kinds", kinds},
            {"versions", versions},
            {"requests_per_second", seconds_ > 0 ? static_cast<double>(report_.sent) / seconds_ : 0},
            {"latency_ms",
             {{"p50", percentile(0.5)},
              {"p95", percentile(0.95)},
              {"p99", percentile(0.99)},
              {"p999", percentile(0.999)},
              {"max", percentile(1)}}}};
  }

  Options options_;
  io::io_context context_{1};
  io::steady_timer timer_;
  io::signal_set signals_;
  Tcp::endpoint endpoint_;
  std::deque<std::shared_ptr<Connection>> idle_;
  std::ofstream bad_;
  Report report_;
  Clock::time_point started_;
  Clock::time_point ends_;
  double seconds_ = 0;
  long open_ = 0;
  bool stopping_ = false;

 public:
  bool is_stopping() const { return stopping_; }
};

void Connection::send(bool keep, long number, Clock::time_point due) {
  const Options& options = load_.options();
  keep_ = keep;
  due_ = due;
  reused_ = connected_;
  request_ = {};
  request_.method_string(options.method);
  request_.target(options.path);
  request_.version(11);
  request_.set(http::field::host, options.host);
  request_.keep_alive(keep);
  if (!options.bodies.empty()) {
    std::string body = options.bodies[static_cast<std::size_t>(number) % options.bodies.size()];
    if (const auto at = body.find("{n}"); at != std::string::npos) body.replace(at, 3, std::to_string(number % 20));
    request_.set(http::field::content_type, "application/json");
    request_.body() = std::move(body);
    request_.prepare_payload();
  }
  stream_.expires_after(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(options.timeout_seconds)));
  if (connected_) return write();
  stream_.async_connect(load_.endpoint(), [self = shared_from_this()](const beast::error_code& error) {
    if (error) return self->finished(error, "connect");
    self->connected_ = true;
    beast::error_code ignored;
    std::ignore = self->stream_.socket().set_option(Tcp::no_delay(true), ignored);
    self->write();
  });
}

bool Connection::is_closed() {
  char byte = 0;
  const ssize_t count = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void Connection::write() {
  http::async_write(stream_, request_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
    if (error) return self->finished(error, "send");
    self->read();
  });
}

void Connection::read() {
  parser_ = std::make_unique<http::response_parser<http::string_body>>();
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const beast::error_code& error, std::size_t) { self->finished(error, "receive"); });
}

void Connection::finished(const beast::error_code& error, const char* doing) {
  if (error) {
    load_.lost(fmt::format("{} {}: {}", reused_ ? "kept" : "new", doing, error.message()), !connected_);
    return;
  }
  const auto& response = parser_->get();
  load_.answered(response, due_);
  if (!keep_ || !response.keep_alive() || load_.is_stopping()) return;
  stream_.expires_never();
  load_.keep(shared_from_this());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Constant load, each answer counted as served, failed by the application, or lost."};
  app.add_option("--address", options.address, "Address of the server");
  app.add_option("--port", options.port, "Its port")->required();
  app.add_option("--host", options.host, "Host header");
  app.add_option("--method", options.method, "GET, POST, …");
  app.add_option("--path", options.path, "Path");
  app.add_option("--body", options.bodies, "JSON body; {n} becomes a number from 0 to 19. Several are sent in turn")
      ->allow_extra_args(false);
  app.add_option("--mark", options.mark, "Response header that the application puts on every answer");
  app.add_option("--rate", options.rate, "Requests a second")->check(CLI::Range(0.1, 100'000.0));
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::Range(0.1, 86'400.0));
  app.add_option("--new-share", options.new_share, "Share of requests on a new connection")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--timeout", options.timeout_seconds, "Seconds until a request is lost")
      ->check(CLI::Range(0.1, 300.0));
  app.add_option("--slow", options.slow_seconds, "Seconds over which a served answer is noted as slow in the file");
  app.add_option("--bad", options.bad_file, "File for one JSON line a bad answer");
  CLI11_PARSE(app, argc, argv);
  Load load(options);
  return load.run();
}
