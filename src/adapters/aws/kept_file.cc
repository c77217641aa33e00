#include "adapters/aws/kept_file.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::aws {

Status keep_file(const std::string& path, const std::string& line, std::string_view what) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary);
  file << line << "\n";
  file.close();
  if (file) std::filesystem::rename(beside, path, failed);
  if (file && !failed) return {};
  return Error{ErrorKind::Unavailable, fmt::format("cannot keep {} in {}", what, path)};
}

Result<std::optional<boost::json::object>> read_kept_object(const std::string& path, const std::string& meaning) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::optional<boost::json::object>();
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  boost::json::error_code failed;
  boost::json::value value = boost::json::parse(text, failed);
  if (!failed && value.is_object()) return std::optional(std::move(value.get_object()));
  return Error{ErrorKind::Unavailable, fmt::format("{} is damaged: {}", path, meaning)};
}

}  // namespace sluice::aws
