#include "cli/recording_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::cli {

Result<RecordingInput> RecordingInput::open(const std::string& path) {
  if (path == "-") return RecordingInput(STDIN_FILENO);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return RecordingInput(descriptor);
  const std::error_code error(errno, std::generic_category());
  return Error{error == std::errc::no_such_file_or_directory ? ErrorKind::NotFound : ErrorKind::Denied,
               fmt::format("cannot read the recording {}: {}", path, error.message())};
}

RecordingInput::RecordingInput(int descriptor) : descriptor_(descriptor), buffer_(2 * kLongestLine) {}

RecordingInput::RecordingInput(RecordingInput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

RecordingInput& RecordingInput::operator=(RecordingInput&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

RecordingInput::~RecordingInput() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

/// Makes room by moving down what is left. False at the end.
bool RecordingInput::read_more() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      return true;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) error_ = std::error_code(errno, std::generic_category()).message();
    at_end_ = true;
    return false;
  }
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
