#include "adapters/openssl/sha256.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace sluice::openssl {

Sha256 sha256(const std::string& bytes) {
  Sha256 hash{};
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr);
  SLUICE_ASSERT(done == 1 && length == hash.size());
  return hash;
}

}  // namespace sluice::openssl
