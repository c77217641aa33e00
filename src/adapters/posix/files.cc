#include "adapters/posix/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/descriptor.h"

namespace sluice::posix {
namespace {

ErrorKind kind_of(int number) {
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::Denied;
    case EEXIST: return ErrorKind::Conflict;
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG: return ErrorKind::InvalidInput;
    default: return ErrorKind::Unavailable;
  }
}

Error error_of(std::string_view what, const std::string& path, int number) {
  return Error{kind_of(number), fmt::format("cannot {} {}: {}", what, path, std::strerror(number))};
}

Status write_all(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of("write", path, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0) return error_of("write", path, errno);
  return {};
}

}  // namespace

Result<std::optional<std::string>> Files::read(const std::string& path) {
  // Not blocking: a named pipe would wait for its other end.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return error_of("read", path, errno);
  }
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return error_of("read", path, errno);
  if (!S_ISREG(status.st_mode)) return Error{ErrorKind::InvalidInput, fmt::format("{} is no ordinary file", path)};
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return error_of("read", path, errno);
    if (count == 0) return std::optional(std::move(text));
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > ports::kLargestFileBytes) {
      return Error{ErrorKind::InvalidInput, fmt::format("{} has more than {} bytes", path, ports::kLargestFileBytes)};
    }
  }
}

bool Files::is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

Status Files::create(const std::string& path, const std::string& text, Mode mode) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) return error_of("make the folder", folder.string(), error.value());
  // Written under another name and linked into place: link(2) fails when the name is taken, so nothing of the user's is
  // ever written over, and a full disk leaves no half file.
  const std::string draft = fmt::format("{}.sluice-{}", path, ::getpid());
  Descriptor file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode == Mode::Executable ? 0777 : 0666));
  if (!file.is_open()) return error_of("write", path, errno);
  Status written = write_all(file.number(), text, path);
  file.close();
  if (written && ::link(draft.c_str(), path.c_str()) != 0) written = error_of("write", path, errno);
  ::unlink(draft.c_str());
  return written;
}

}  // namespace sluice::posix
