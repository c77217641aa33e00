#include "server/control_server.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <cstring>
#include <deque>
#include <utility>

#include "base/json_text.h"

namespace sluice::server {
namespace {

namespace io = boost::asio;
using Local = io::local::stream_protocol;

/// The user at the other end of a Unix socket, as the kernel knows it.
std::string peer_name(Local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(peer.uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr) return found->pw_name;
  return fmt::format("uid {}", peer.uid);
}

/// What is served, and to whom.
struct Served {
  std::map<std::string, Handler> handlers;
  std::function<Status(const Request&)> may;
};

class Connection final : public Session, public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Local::socket socket) : socket_(std::move(socket)) {}

  void start(const Served& served) {
    auto self = shared_from_this();
    io::async_read_until(socket_, io::dynamic_buffer(input_, kLongestLine), '\n',
                         [self, &served](const boost::system::error_code& error, std::size_t length) {
                           if (error) return self->close();
                           self->dispatch(served, length);
                         });
  }

  void emit(const boost::json::object& event) override {
    if (!is_open()) return;
    // A reader that does not read must not fill the controller's memory.
    if (queued_bytes_ > kLongestQueue) return close();
    queue_.push_back(to_json_text(event) + "\n");
    queued_bytes_ += queue_.back().size();
    if (queue_.size() == 1) write();
  }

  void end(ExitCode code, const std::string& message) override {
    if (!is_open()) return;
    emit({{"type", "end"}, {"exit_code", static_cast<int>(code)}, {"message", message}});
    ended_ = true;
    gone_.request_stop();
  }

  std::stop_token gone() const override { return gone_.get_token(); }
  bool is_open() const override { return !ended_ && !closed_; }

 private:
  static constexpr std::size_t kLongestQueue = 64u << 20;

  void dispatch(const Served& served, std::size_t length) {
    auto request = read_request(std::string_view(input_).substr(0, length));
    input_.erase(0, length);
    watch_for_close();
    if (!request) return end(ExitCode::Usage, request.error().message);
    request->user = peer_name(socket_);
    const auto handler = served.handlers.find(request->command);
    if (handler == served.handlers.end()) {
      return end(ExitCode::Usage, fmt::format("this controller has no command '{}'", request->command));
    }
    const bool is_asked = served.may && request->command != "shutdown";
    if (const Status may = is_asked ? served.may(*request) : Status(); !may) return fail(may.error());
    handler->second(*request, shared_from_this());
  }

  /// The command says nothing more: a read that ends means that it has gone.
  void watch_for_close() {
    auto self = shared_from_this();
    socket_.async_read_some(io::buffer(&byte_, 1), [self](const boost::system::error_code& error, std::size_t) {
      if (error) return self->close();
      self->watch_for_close();
    });
  }

  void write() {
    auto self = shared_from_this();
    io::async_write(socket_, io::buffer(queue_.front()),
                    [self](const boost::system::error_code& error, std::size_t length) {
                      if (error) return self->close();
                      self->queued_bytes_ -= length;
                      self->queue_.pop_front();
                      if (!self->queue_.empty()) return self->write();
                      if (self->ended_) self->close();
                    });
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    gone_.request_stop();
    boost::system::error_code ignored;
    socket_.shutdown(Local::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  Local::socket socket_;
  std::string input_;
  char byte_ = 0;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  std::stop_source gone_;
};

}  // namespace

void Session::fail(const Error& error) {
  switch (error.kind) {
    case ErrorKind::Conflict: return end(ExitCode::Conflict, error.message);
    case ErrorKind::InvalidInput:
    case ErrorKind::NotFound: return end(ExitCode::Usage, error.message);
    default: return end(ExitCode::RolledBack, error.message);
  }
}

struct ControlServer::State {
  explicit State(io::io_context& context) : acceptor(context) {}

  void accept() {
    acceptor.async_accept([this](const boost::system::error_code& error, Local::socket socket) {
      if (error == io::error::operation_aborted) return;
      if (!error) std::make_shared<Connection>(std::move(socket))->start(served);
      accept();
    });
  }

  Local::acceptor acceptor;
  Served served;
};

ControlServer::ControlServer() = default;
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::create(io::io_context& context, const std::string& socket_path) {
  auto server = std::unique_ptr<ControlServer>(new ControlServer);
  server->state_ = std::make_unique<State>(context);
  ::unlink(socket_path.c_str());
  const mode_t before = ::umask(0177);
  boost::system::error_code error;
  Local::acceptor& acceptor = server->state_->acceptor;
  acceptor.open(Local(), error);
  if (!error) acceptor.bind(Local::endpoint(socket_path), error);
  ::umask(before);
  if (!error) acceptor.listen(io::socket_base::max_listen_connections, error);
  if (error) {
    return Error{ErrorKind::Unavailable, fmt::format("cannot listen on {}: {}", socket_path, error.message())};
  }
  server->state_->accept();
  return server;
}

void ControlServer::handle(std::string command, Handler handler) {
  state_->served.handlers.insert_or_assign(std::move(command), std::move(handler));
}

void ControlServer::admit(std::function<Status(const Request&)> may) { state_->served.may = std::move(may); }

}  // namespace sluice::server
