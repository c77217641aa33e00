#include "adapters/openssl/api_definitions.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/openssl/sha256.h"

namespace sluice::openssl {
namespace {

std::string in_digits(const Sha256& hash) {
  std::string digits;
  for (const unsigned char byte : hash) digits += fmt::format("{:02x}", byte);
  return digits;
}

}  // namespace

Result<ports::ApiDefinition> ApiDefinitions::read(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{
        ErrorKind::NotFound,
        fmt::format("there is no definition {}: 'definition' names a file relative to the folder of sluice.yaml",
                    path)};
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is no file, which a definition is", path)};
  }
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed && size > ports::kLargestApiDefinitionBytes) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} has {} bytes, and a definition may have {} at most", path,
                                                      size, ports::kLargestApiDefinitionBytes)};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::Denied, fmt::format("cannot read {}: {}", path, std::strerror(errno))};
  ports::ApiDefinition definition{.bytes = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()},
                                  .sha256 = {}};
  if (definition.bytes.empty()) return Error{ErrorKind::InvalidInput, fmt::format("{} is empty", path)};
  definition.sha256 = in_digits(sha256(definition.bytes));
  return definition;
}

}  // namespace sluice::openssl
