// ports::Files on this machine's file system.
#pragma once

#include "ports/files.h"

namespace sluice::posix {

class Files final : public ports::Files {
 public:
  Result<std::optional<std::string>> read(const std::string& path) override;
  bool is_folder(const std::string& path) override;
  Status create(const std::string& path, const std::string& text, Mode mode) override;
};

}  // namespace sluice::posix
