#include "adapters/haproxy/runtime_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace sluice::haproxy {
namespace {

class Connection {
 public:
  Connection() : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Connection() {
    if (fd_ >= 0) close(fd_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> RuntimeSocket::command(std::string_view line) const {
  const Connection connection;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    return Error{ErrorKind::InvalidInput, fmt::format("{}: longer than a socket's path may be", path_)};
  }
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  timeval limit{.tv_sec = timeout_.count() / 1000, .tv_usec = timeout_.count() % 1000 * 1000};
  setsockopt(connection.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(connection.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Error{ErrorKind::Unavailable, fmt::format("HAProxy at {}: {}", path_, std::strerror(errno))};
  }
  while (line.ends_with(';')) line.remove_suffix(1);  // An empty last command would be answered with the help text.
  const std::string text = std::string(line) + "\n";
  const auto lost = [&](const char* reason) {
    return Error{ErrorKind::UnknownOutcome, fmt::format("HAProxy at {}: {}", path_, reason)};
  };
  if (send(connection.fd(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    return lost(std::strerror(errno));
  }
  // The master's socket closes only after its client has.
  shutdown(connection.fd(), SHUT_WR);
  std::string answer;
  char buffer[65536];
  for (;;) {
    const ssize_t count = recv(connection.fd(), buffer, sizeof buffer, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return lost(errno == EAGAIN ? "no answer in time" : std::strerror(errno));
    if (count == 0) break;
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  // Every answer ends in a blank line; none at all means that the worker died in between.
  if (answer.empty()) return lost("closed without an answer");
  while (answer.ends_with('\n')) answer.pop_back();
  return answer;
}

Status RuntimeSocket::silent_command(std::string_view line) const {
  TRY_ASSIGN(const std::string answer, command(line));
  const auto text = answer.find_first_not_of('\n');
  if (text == std::string::npos) return {};
  return Error{ErrorKind::Failed, fmt::format("HAProxy answered '{}' to '{}'", answer.substr(text), line)};
}

std::vector<TableRow> parse_table(std::string_view text, char separator) {
  std::vector<std::string_view> names;
  std::vector<TableRow> rows;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool header = line.starts_with("# ");
    if (header) line.remove_prefix(2);
    if (line.empty() || (!header && names.empty())) continue;
    if (header) names.clear();
    TableRow row;
    for (std::size_t column = 0; !line.empty(); ++column) {
      const auto stop = line.find(separator);
      const std::string_view field = line.substr(0, stop);
      line.remove_prefix(stop == std::string_view::npos ? line.size() : stop + 1);
      if (header) {
        names.push_back(field);
      } else if (column < names.size()) {
        row.emplace(names[column], field);
      }
    }
    // A line of one field is no row: `show servers state` begins with its version.
    if (!header && row.size() > 1) rows.push_back(std::move(row));
  }
  return rows;
}

long long number_in(const TableRow& row, std::string_view field) {
  const auto found = row.find(field);
  long long value = 0;
  if (found != row.end()) std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

std::string text_in(const TableRow& row, std::string_view field) {
  const auto found = row.find(field);
  return found == row.end() ? std::string() : found->second;
}

}  // namespace sluice::haproxy
