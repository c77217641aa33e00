#include "cli/recording_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace sluice::cli {

Result<RecordingInput> RecordingInput::open(const std::string& path) {
  if (path == "-") return RecordingInput(STDIN_FILENO);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return RecordingInput(descriptor);
  const std::error_code error(errno, std::generic_category());
  return Error{error == std::errc::no_such_file_or_directory ? ErrorKind::NotFound : ErrorKind::Denied,
               fmt::format("cannot read the recording {}: {}", path, error.message())};
}

RecordingInput::RecordingInput(int descriptor) : source_(descriptor), buffer_(2 * kLongestLine) {}

/// Makes room by moving down what is left. False at the end.
bool RecordingInput::read_more() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  const std::size_t count = source_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += count;
  at_end_ = count == 0;
  return !at_end_;
}

bool RecordingInput::next(std::string_view& line) {
  for (;;) {
    const void* found = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
    if (found != nullptr) {
      const auto place = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      line = {buffer_.data() + begin_, place - begin_};
      begin_ = scanned_ = place + 1;
      ++line_number_;
      return true;
    }
    scanned_ = end_;
    if (end_ - begin_ >= kLongestLine) break;
    if (!read_more()) break;
  }
  if (begin_ == end_) return false;
  line = {buffer_.data() + begin_, end_ - begin_};
  begin_ = scanned_ = end_;
  ++line_number_;
  return true;
}

}  // namespace sluice::cli
