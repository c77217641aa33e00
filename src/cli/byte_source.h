// The bytes of a file descriptor, unpacked where they are gzip's (RFC 1952), several packed pieces one after the other
// included: load balancers' logs come so.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {

class ByteSource {
 public:
  /// Closes the descriptor with its end, but for standard input.
  explicit ByteSource(int descriptor);
  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&& other) noexcept;
  ~ByteSource();

  /// Up to `size` bytes; 0 at the end, or when reading failed: see `error`. What was unpacked before a damage is given
  /// out.
  std::size_t read(char* to, std::size_t size);
  const std::string& error() const { return error_; }

 private:
  struct Unpacker;

  std::size_t read_plain(char* to, std::size_t size);
  std::size_t unpack(char* to, std::size_t size);
  bool fill();
  bool looks_packed();

  int descriptor_ = -1;
  std::vector<char> packed_;  ///< Read, not given out yet: from begin_ to end_.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool begun_ = false;
  bool at_end_ = false;
  std::unique_ptr<Unpacker> unpacker_;  ///< Of a packed file.
  std::string error_;
};

}  // namespace sluice::cli
