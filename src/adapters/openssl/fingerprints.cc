#include "adapters/openssl/fingerprints.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace sluice::openssl {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kShownBytes = 16;

Error file_error(const std::string& what, const std::string& file) {
  return Error{ErrorKind::Unavailable, fmt::format("cannot {} {}: {}", what, file, std::strerror(errno))};
}

}  // namespace

Result<Fingerprints> Fingerprints::create(const std::string& key_file) {
  std::string key(kKeyBytes, '\0');
  int file = ::open(key_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0) {
    const bool made = RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kKeyBytes) == 1 &&
                      ::write(file, key.data(), kKeyBytes) == static_cast<ssize_t>(kKeyBytes) && ::fsync(file) == 0;
    ::close(file);
    if (made) return Fingerprints(std::move(key));
    ::unlink(key_file.c_str());
    return file_error("write", key_file);
  }
  if (errno != EEXIST) return file_error("make", key_file);
  file = ::open(key_file.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return file_error("open", key_file);
  const ssize_t got = ::read(file, key.data(), kKeyBytes);
  ::close(file);
  if (got != static_cast<ssize_t>(kKeyBytes)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} does not hold a key; remove it, and every secret counts as changed once", key_file)};
  }
  return Fingerprints(std::move(key));
}

std::string Fingerprints::of(const Secret& secret) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  const std::string& value = secret.reveal();
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(value.data()),
       value.size(), hash.data(), &size);
  std::string text;
  for (std::size_t i = 0; i < kShownBytes; ++i) text += fmt::format("{:02x}", hash[i]);
  return text;
}

}  // namespace sluice::openssl
