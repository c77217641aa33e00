#include "cli/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

extern char** environ;

namespace sluice::cli {
namespace {

constexpr int kStartLimitMilliseconds = 15'000;
constexpr int kRestartLimitMilliseconds = 10'000;
constexpr int kPollMilliseconds = 20;

Error system_error(ErrorKind kind, std::string what) {
  return Error{kind, fmt::format("{}: {}", what, std::strerror(errno))};
}

/// The connected socket, or -1 with errno.
int connect_to(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return descriptor;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

std::string end_of_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() <= 2000 ? all : all.substr(all.size() - 2000);
}

Status make_directories(const server::Places& places) {
  for (const std::string& path : {places.home + "/logs", places.run}) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
      return Error{ErrorKind::Denied, fmt::format("cannot make {}: {}. Set SLUICE_HOME and SLUICE_RUN to folders of "
                                                  "yours, or run as root",
                                                  path, error.message())};
    }
  }
  ::chmod(places.run.c_str(), 0700);
  ::chmod(places.home.c_str(), 0700);
  return {};
}

/// Starts the controller's parent in a session of its own, its output in the log.
Status start_controller(const server::Places& places) {
  TRY(make_directories(places));
  const std::string program = own_program();
  const std::string log = places.controller_log();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  char command[] = "controller";
  char* argv[] = {const_cast<char*>(program.c_str()), command, nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return Error{ErrorKind::Unavailable, fmt::format("cannot start {} controller: {}", program, std::strerror(failed))};
  }
  return {};
}

}  // namespace

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "/proc/self/exe" : path.string();
}

Result<Connection> Connection::open(const server::Places& places, WhenAbsent when_absent) {
  const std::string path = places.control_socket();
  int descriptor = connect_to(path);
  if (descriptor >= 0) return Connection(descriptor);
  if (errno == EACCES || errno == EPERM) {
    return Error{ErrorKind::Denied,
                 fmt::format("the controller's socket {} belongs to another user; run as that user, or "
                             "set SLUICE_HOME and SLUICE_RUN to a sluice of your own",
                             path)};
  }
  if (when_absent == WhenAbsent::Refuse) {
    return Error{ErrorKind::NotFound, fmt::format("no controller runs for {}", places.home)};
  }
  if (when_absent == WhenAbsent::Start) TRY(start_controller(places));
  const int limit = when_absent == WhenAbsent::Start ? kStartLimitMilliseconds : kRestartLimitMilliseconds;
  for (int waited = 0; waited < limit; waited += kPollMilliseconds) {
    descriptor = connect_to(path);
    if (descriptor >= 0) return Connection(descriptor);
    ::poll(nullptr, 0, kPollMilliseconds);
  }
  if (when_absent == WhenAbsent::Wait) {
    return Error{ErrorKind::Unavailable, "the controller was ended; what is under way goes on when it runs again"};
  }
  return Error{ErrorKind::Unavailable, fmt::format("the controller does not start. The end of {}:\n{}",
                                                   places.controller_log(), end_of_file(places.controller_log()))};
}

Connection::~Connection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Connection::Connection(Connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pending_(std::move(other.pending_)) {}

Result<Connection::End> Connection::converse(const server::Request& request, const OnEvent& on_event,
                                             const std::function<bool()>& interrupted) {
  TRY(send(request));
  return listen(on_event, interrupted);
}

Status Connection::send(const server::Request& request) {
  const std::string line = server::to_line(request);
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR) return system_error(ErrorKind::Unavailable, "the controller has gone away");
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return {};
}

Result<Connection::End> Connection::listen(const OnEvent& on_event, const std::function<bool()>& interrupted) {
  char buffer[65536];
  for (;;) {
    if (interrupted()) return Error{ErrorKind::Cancelled, "interrupted"};
    pollfd ready{descriptor_, POLLIN, 0};
    const int polled = ::poll(&ready, 1, 200);
    if (polled == 0 || (polled < 0 && errno == EINTR)) continue;
    const ssize_t n = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Error{ErrorKind::Unavailable, "the controller has gone away"};
    pending_.append(buffer, static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
      boost::system::error_code error;
      const auto value = boost::json::parse(std::string_view(pending_).substr(begin, end - begin), error);
      begin = end + 1;
      if (error || !value.is_object()) return Error{ErrorKind::Unavailable, "the controller sent what is not JSON"};
      const auto& event = value.get_object();
      if (event.at("type").as_string() == "end") {
        return End{static_cast<int>(event.at("exit_code").as_int64()),
                   boost::json::value_to<std::string>(event.at("message"))};
      }
      on_event(event);
    }
    pending_.erase(0, begin);
  }
}

}  // namespace sluice::cli
