#include "adapters/openssl/packages.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/assert.h"

namespace sluice::openssl {
namespace {

constexpr std::size_t kSha256Bytes = 32;

std::string base64(const unsigned char* bytes, std::size_t count) {
  std::vector<unsigned char> text((count + 2) / 3 * 4 + 1);
  const int length = EVP_EncodeBlock(text.data(), bytes, static_cast<int>(count));
  return {text.begin(), text.begin() + length};
}

std::string sha256_in_base64(const std::string& bytes) {
  std::array<unsigned char, kSha256Bytes> hash{};
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr);
  SLUICE_ASSERT(done == 1 && length == hash.size());
  return base64(hash.data(), hash.size());
}

/// A zip begins with a local file's header, or, with nothing in it, with the end of the directory (APPNOTE 4.3).
bool is_zip(const std::string& bytes) { return bytes.starts_with("PK\x03\x04"); }

}  // namespace

Result<ports::Package> Packages::read(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorKind::NotFound, fmt::format("there is no package {}", path)};
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is no file: a function's package is a zip", path)};
  }
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed && size > ports::kLargestPackageBytes) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("{} has {} MiB, and Lambda takes {} in a request: put it into a bucket of S3 with versioning and "
                    "name s3://BUCKET/KEY?versionId=ID",
                    path, size >> 20U, ports::kLargestPackageBytes >> 20U)};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::Denied, fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  ports::Package package{.bytes = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()},
                         .code_sha256 = {}};
  if (!is_zip(package.bytes)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is no zip with files in it: a function's package is one", path)};
  }
  package.code_sha256 = sha256_in_base64(package.bytes);
  return package;
}

}  // namespace sluice::openssl
