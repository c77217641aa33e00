// The lines of a recording, from a file or from standard input, packed (gzip) or not, however long it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/byte_source.h"

namespace sluice::cli {

class RecordingInput {
 public:
  /// A longer line is cut into pieces of this length, of which none can be read.
  static constexpr std::size_t kLongestLine = std::size_t{1} << 20;

  /// `-` is standard input. Errors: NotFound, Denied.
  static Result<RecordingInput> open(const std::string& path);

  /// The next line without its end; it is good until the next call. False at the end, or when reading failed: see
  /// `error`.
  bool next(std::string_view& line);
  std::int64_t line_number() const { return line_number_; }
  /// Why reading stopped before the end; empty when it did not.
  const std::string& error() const { return source_.error(); }

 private:
  explicit RecordingInput(int descriptor);
  bool read_more();

  ByteSource source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    ///< Of what was not given out yet …
  std::size_t end_ = 0;      ///< … and its end.
  std::size_t scanned_ = 0;  ///< No line ends before it.
  bool at_end_ = false;
  std::int64_t line_number_ = 0;
};

}  // namespace sluice::cli
