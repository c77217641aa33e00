// Keyed hashes of secrets: whether a secret changed can be seen, what it is cannot.
#pragma once

#include <string>

#include "base/secret.h"

namespace sluice::ports {

class Fingerprints {
 public:
  virtual ~Fingerprints() = default;
  /// The same for the same value on this machine, and of no use without the machine's key. Hexadecimal.
  virtual std::string of(const Secret& secret) const = 0;
};

}  // namespace sluice::ports
