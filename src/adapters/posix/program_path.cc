#include "adapters/posix/program_path.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::posix {
namespace {

constexpr std::string_view kUsualFolders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Result<std::string> find_program(std::string_view name, std::string_view path) {
  if (name.empty()) return Error{ErrorKind::InvalidInput, "there is no program to start: its name is empty"};
  if (name.find('/') != std::string_view::npos) return std::string(name);
  std::string_view rest = path.empty() ? kUsualFolders : path;
  std::string not_executable;
  while (true) {
    const std::size_t colon = rest.find(':');
    const std::string_view folder = rest.substr(0, colon);
    const std::string candidate = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    if (is_file(candidate)) {
      if (::access(candidate.c_str(), X_OK) == 0) return candidate;
      not_executable = candidate;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (!not_executable.empty()) {
    return Error{ErrorKind::Denied, fmt::format("cannot start {}: {} may not be executed", name, not_executable)};
  }
  return Error{ErrorKind::NotFound, fmt::format("cannot start {}: no program of that name is in PATH", name)};
}

}  // namespace sluice::posix
