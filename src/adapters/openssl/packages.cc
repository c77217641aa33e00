#include "adapters/openssl/packages.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "adapters/openssl/sha256.h"

namespace sluice::openssl {
namespace {

std::string in_base64(const Sha256& hash) {
  std::vector<unsigned char> text((hash.size() + 2) / 3 * 4 + 1);
  const int length = EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash.size()));
  return {text.begin(), text.begin() + length};
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
  package.code_sha256 = in_base64(sha256(package.bytes));
  return package;
}

}  // namespace sluice::openssl
