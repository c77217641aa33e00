#include "adapters/haproxy/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sluice::haproxy {
namespace {

Error failure(const std::string& what, const std::string& path) {
  const int reason = errno;
  return {reason == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed,
          fmt::format("{} {}: {}", what, path, std::strerror(reason))};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Status write_atomically(const std::string& path, std::string_view text, Survives survives) {
  const std::string temporary = path + ".new";
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failure("writing", temporary);
  const bool written = write_all(fd, text) && (survives == Survives::Crash || fdatasync(fd) == 0);
  Error error = written ? Error{ErrorKind::Failed, ""} : failure("writing", temporary);
  close(fd);
  if (!written) return error;
  if (rename(temporary.c_str(), path.c_str()) != 0) return failure("writing", path);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure("reading", path);
  std::string text;
  char buffer[16384];
  ssize_t count = 0;
  while ((count = read(fd, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  }
  Error error = count < 0 ? failure("reading", path) : Error{ErrorKind::Failed, ""};
  close(fd);
  if (count < 0) return error;
  return text;
}

}  // namespace sluice::haproxy
