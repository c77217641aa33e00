// Definitions of APIs and of feature flags: files on this machine.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace sluice::ports {

/// What API Gateway takes: PutRestApi of its API reference, 6 MB.
inline constexpr std::size_t kLargestApiDefinitionBytes = std::size_t{6} * 1000 * 1000;

struct ApiDefinition {
  std::string bytes;
  std::string sha256;  ///< Of them, in lower-case hexadecimal digits.
};

class ApiDefinitions {
 public:
  virtual ~ApiDefinitions() = default;
  /// `path` is absolute. Errors: NotFound, InvalidInput (larger than kLargestApiDefinitionBytes, empty, or no ordinary
  /// file), Denied.
  virtual Result<ApiDefinition> read(const std::string& path) = 0;
};

}  // namespace sluice::ports
