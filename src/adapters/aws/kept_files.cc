#include "adapters/aws/kept_files.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::aws {

Result<std::optional<boost::json::object>> KeptFiles::read_object(const std::string& name, const std::string& meaning) {
  TRY_ASSIGN(const auto text, read(name));
  if (!text) return std::optional<boost::json::object>();
  boost::json::error_code failed;
  boost::json::value value = boost::json::parse(*text, failed);
  if (!failed && value.is_object()) return std::optional(std::move(value.get_object()));
  return Error{ErrorKind::Unavailable, fmt::format("{} is damaged: {}", place_of(name), meaning)};
}

Status KeptInFolder::keep(const std::string& name, const std::string& line, std::string_view what) {
  const std::string path = place_of(name);
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

Result<std::optional<std::string>> KeptInFolder::read(const std::string& name) {
  std::ifstream file(place_of(name), std::ios::binary);
  if (!file) return std::optional<std::string>();
  return std::optional(std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

}  // namespace sluice::aws
