// The registries on this machine that keep their images in sluice's home.
#pragma once

#include <string>

#include "base/result.h"

namespace sluice::ports {

class OwnRegistry {
 public:
  virtual ~OwnRegistry() = default;
  /// Whether the registry at an address (`127.0.0.1:5000`) is one of these.
  virtual bool is_own(const std::string& address) = 0;
  /// Whether it keeps an image of this digest (`127.0.0.1:5000/web@sha256:…`). Errors: Failed, Unavailable.
  virtual Result<bool> has(const std::string& reference) = 0;
  /// Forgets an image by its digest (`127.0.0.1:5000/web@sha256:…`) with all of its tags. False when it was not there.
  /// Errors: Failed, Unavailable (the registry does not answer).
  virtual Result<bool> remove(const std::string& reference) = 0;
  /// Frees the disk of what was forgotten. The registry is away meanwhile. Errors: Failed, Unavailable, TimedOut.
  virtual Status collect(const std::string& address) = 0;
};

}  // namespace sluice::ports
