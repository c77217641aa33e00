#include "cli/byte_source.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16;
constexpr int kGzipOnly = 16 + MAX_WBITS;

}  // namespace

struct ByteSource::Unpacker {
  z_stream stream{};
  bool inside = true;  ///< A piece that has begun and not ended.
  bool ready = inflateInit2(&stream, kGzipOnly) == Z_OK;
  Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker() { inflateEnd(&stream); }
};

ByteSource::ByteSource(int descriptor) : descriptor_(descriptor), packed_(kReadBytes) {}

ByteSource::ByteSource(ByteSource&& other) noexcept { *this = std::move(other); }

ByteSource& ByteSource::operator=(ByteSource&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(packed_, other.packed_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(begun_, other.begun_);
  std::swap(at_end_, other.at_end_);
  std::swap(unpacker_, other.unpacker_);
  std::swap(error_, other.error_);
  return *this;
}

ByteSource::~ByteSource() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

/// More bytes behind those that are there; false at the end.
bool ByteSource::fill() {
  if (begin_ > 0) {
    std::memmove(packed_.data(), packed_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (!at_end_) {
    const ssize_t count = ::read(descriptor_, packed_.data() + end_, packed_.size() - end_);
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      return true;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) error_ = std::error_code(errno, std::generic_category()).message();
    at_end_ = true;
  }
  return false;
}

bool ByteSource::looks_packed() {
  constexpr unsigned char kMagic[] = {0x1f, 0x8b};
  while (end_ - begin_ < sizeof kMagic && fill()) {
  }
  return end_ - begin_ >= sizeof kMagic && std::memcmp(packed_.data() + begin_, kMagic, sizeof kMagic) == 0;
}

std::size_t ByteSource::read(char* to, std::size_t size) {
  if (!begun_) {
    begun_ = true;
    if (looks_packed()) unpacker_ = std::make_unique<Unpacker>();
  }
  return unpacker_ ? unpack(to, size) : read_plain(to, size);
}

std::size_t ByteSource::read_plain(char* to, std::size_t size) {
  if (begin_ == end_ && !fill()) return 0;
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(to, packed_.data() + begin_, count);
  begin_ += count;
  return count;
}

std::size_t ByteSource::unpack(char* to, std::size_t size) {
  z_stream& stream = unpacker_->stream;
  const auto fail = [&](const char* why) {
    if (error_.empty()) error_ = fmt::format("the packed data cannot be unpacked any further: {}", why);
    at_end_ = true;
    begin_ = end_ = 0;
    return std::size_t{0};
  };
  if (!unpacker_->ready) return fail("no memory");
  stream.next_out = reinterpret_cast<Bytef*>(to);
  stream.avail_out = static_cast<uInt>(std::min<std::size_t>(size, std::size_t{1} << 30));
  const uInt room = stream.avail_out;
  while (stream.avail_out == room) {
    if (begin_ == end_ && !fill()) return unpacker_->inside ? fail("it ends in the middle") : 0;
    if (!unpacker_->inside) {
      if (!looks_packed()) return fail("something else follows it");
      inflateReset(&stream);
      unpacker_->inside = true;
    }
    stream.next_in = reinterpret_cast<Bytef*>(packed_.data() + begin_);
    stream.avail_in = static_cast<uInt>(end_ - begin_);
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    begin_ = end_ - stream.avail_in;
    if (outcome == Z_STREAM_END) {
      unpacker_->inside = false;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      const std::size_t given = room - stream.avail_out;
      fail(stream.msg != nullptr ? stream.msg : "it is damaged");
      return given;
    }
  }
  return room - stream.avail_out;
}

}  // namespace sluice::cli
