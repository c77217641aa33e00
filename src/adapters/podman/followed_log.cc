#include "adapters/podman/followed_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "adapters/podman/container_log.h"

namespace sluice::podman {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

int open_for_reading(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW); }

void append_up_to(std::string& text, std::string_view more) {
  text += more.substr(0, kLongestLogLine - std::min(kLongestLogLine, text.size()));
}

}  // namespace

Result<std::unique_ptr<FollowedLog>> FollowedLog::open(const std::string& path, From from) {
  const int file = open_for_reading(path);
  if (file < 0) {
    return Error{errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed,
                 fmt::format("reading the log {}: {}", path, std::strerror(errno))};
  }
  if (from == From::End) ::lseek(file, 0, SEEK_END);
  return std::unique_ptr<FollowedLog>(new FollowedLog(path, file));
}

FollowedLog::~FollowedLog() { ::close(file_); }

Result<bool> FollowedLog::read(const Take& take) {
  std::size_t budget = kMostLogBytesARead;
  for (;;) {
    TRY_ASSIGN(const bool is_at_end, read_file(take, budget));
    if (!is_at_end) return false;
    // Once more: what was written between the end that was seen and the file's removal.
    struct stat open_file{};
    struct stat there{};
    const bool replaced = ::fstat(file_, &open_file) == 0 && ::stat(path_.c_str(), &there) == 0 &&
                          (open_file.st_ino != there.st_ino || open_file.st_dev != there.st_dev);
    if (!replaced) return true;
    TRY_ASSIGN(const bool is_done, read_file(take, budget));
    if (!is_done) return false;
    if (!moved_on()) return true;
  }
}

bool FollowedLog::moved_on() {
  const int next = open_for_reading(path_);
  if (next < 0) return false;
  ::close(file_);
  file_ = next;
  unread_.clear();
  return true;
}

Result<bool> FollowedLog::read_file(const Take& take, std::size_t& budget) {
  struct stat now{};
  if (::fstat(file_, &now) == 0 && now.st_size < ::lseek(file_, 0, SEEK_CUR)) {
    ::lseek(file_, 0, SEEK_SET);  // cut short in its place
    unread_.clear();
  }
  std::array<char, kReadBytes> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  while (budget > 0) {
    const ssize_t count = ::read(file_, bytes.data(), std::min(bytes.size(), budget));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return Error{ErrorKind::Failed, fmt::format("reading the log {}: {}", path_, std::strerror(errno))};
    }
    if (count == 0) return true;
    budget -= static_cast<std::size_t>(count);
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
    take_lines(take);
  }
  return false;
}

void FollowedLog::take_lines(const Take& take) {
  std::size_t begin = 0;
  for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', begin)) {
    take_line(std::string_view(unread_).substr(begin, end - begin), take);
    begin = end + 1;
  }
  unread_.erase(0, begin);
  // No line of the driver's is so long: what follows up to the next end is its rest.
  if (unread_.size() > 2 * kLongestLogLine) unread_.resize(kLongestLogLine);
}

void FollowedLog::take_line(std::string_view line, const Take& take) {
  const auto raw = split_log_line(line);
  if (!raw) return;
  if (!is_joining_ && !raw->is_part) return take(raw->time, raw->text.substr(0, kLongestLogLine));
  if (!is_joining_) joined_time_ = raw->time;
  append_up_to(joined_, raw->text);
  is_joining_ = raw->is_part;
  if (is_joining_) return;
  take(joined_time_, joined_);
  joined_.clear();
}

}  // namespace sluice::podman
