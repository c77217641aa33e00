// Small files of a user's repository.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace sluice::ports {

inline constexpr std::size_t kLargestFileBytes = 4u << 20;

class Files {
 public:
  virtual ~Files() = default;

  /// The whole text; nothing when there is no such file. Errors: Denied, InvalidInput (larger than kLargestFileBytes,
  /// or no ordinary file), Unavailable.
  virtual Result<std::optional<std::string>> read(const std::string& path) = 0;
  virtual bool is_folder(const std::string& path) = 0;

  enum class Mode { Plain, Executable };
  /// Writes a file that is not there yet, with the folders above it; whole or not at all. Errors: Conflict (it exists:
  /// left as it is), Denied, Unavailable (no space).
  virtual Status create(const std::string& path, const std::string& text, Mode mode) = 0;
};

}  // namespace sluice::ports
