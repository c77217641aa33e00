// Reads what is appended to one container's log, over its rotation.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::podman {

/// A line that is longer is cut here.
inline constexpr std::size_t kLongestLogLine = 64 << 10;
/// So much of one log is read at a time; the rest is for the next time.
inline constexpr std::size_t kMostLogBytesARead = 1 << 20;

/// Rotation puts a new file in the old one's place and throws that away: the old one is kept open until it was read to
/// its end. When it happens more than once between two reads, what lay between is lost.
class FollowedLog {
 public:
  enum class From { Beginning, End };
  using Take = std::function<void(std::string_view time, std::string_view text)>;

  /// Errors: NotFound, Failed.
  static Result<std::unique_ptr<FollowedLog>> open(const std::string& path, From from);
  ~FollowedLog();
  FollowedLog(const FollowedLog&) = delete;
  FollowedLog& operator=(const FollowedLog&) = delete;

  /// Calls `take` with each whole line that has come; parts are put together. True when none is left. Error: Failed.
  Result<bool> read(const Take& take);

 private:
  FollowedLog(std::string path, int file) : path_(std::move(path)), file_(file) {}
  /// Up to the end of the file that is open; false when there is more than this time's share.
  Result<bool> read_file(const Take& take, std::size_t& budget);
  void take_lines(const Take& take);
  void take_line(std::string_view line, const Take& take);
  /// Whether another file stands in this one's place. The new one is open then.
  bool moved_on();

  std::string path_;
  int file_;
  std::string unread_;  ///< The beginning of a line whose end has not come.
  std::string joined_;  ///< Parts of a line, the first one's time before them.
  std::string joined_time_;
  bool is_joining_ = false;
};

}  // namespace sluice::podman
