// HMAC-SHA-256 (RFC 2104) under a key of this machine.
#pragma once

#include <string>

#include "base/result.h"
#include "ports/fingerprints.h"

namespace sluice::openssl {

class Fingerprints final : public ports::Fingerprints {
 public:
  /// Reads the key from a file, which is made with 32 random bytes, for its owner alone, when it is absent. Errors:
  /// Denied, Unavailable.
  static Result<Fingerprints> create(const std::string& key_file);

  /// The first 16 bytes of the hash.
  std::string of(const Secret& secret) const override;

 private:
  explicit Fingerprints(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace sluice::openssl
