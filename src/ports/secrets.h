// Values of secrets, read when they are needed.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "core/rollout/revision.h"

namespace sluice::ports {

class Secrets {
 public:
  virtual ~Secrets() = default;
  /// `base_directory`: folder that relative paths and commands start from. A trailing line end is cut off.
  /// Errors: NotFound, Denied, Failed (command exited with …); no message holds the value.
  virtual Result<Secret> read(const rollout::SecretSource& source, const std::string& base_directory) = 0;
  /// For a target that reads the value itself: by what, and a fingerprint of the version that it has now. The value is
  /// not read. Errors: as `read`; InvalidInput for one that is on this machine.
  virtual Result<rollout::SecretReference> refer(const rollout::SecretSource& source) = 0;
};

}  // namespace sluice::ports
