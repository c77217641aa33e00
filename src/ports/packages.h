// Deployment packages of functions: zip files on this machine.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace sluice::ports {

/// What Lambda takes in a request: "Lambda quotas" of its developer guide, 50 MB zipped.
inline constexpr std::size_t kLargestPackageBytes = std::size_t{50} * 1024 * 1024;

struct Package {
  std::string bytes;
  std::string code_sha256;  ///< SHA-256 of them in base64, as AWS tells it.
};

class Packages {
 public:
  virtual ~Packages() = default;
  /// `path` is absolute. Errors: NotFound, InvalidInput (larger than kLargestPackageBytes, no ordinary file, or no
  /// zip), Denied.
  virtual Result<Package> read(const std::string& path) = 0;
};

}  // namespace sluice::ports
