#include "adapters/skopeo/login_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace sluice::skopeo {
namespace {

constexpr mode_t kOwnerOnly = 0700;

Error cannot(const std::string& what, const std::string& path) {
  return {ErrorKind::Unavailable, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

/// containers-auth.json(5)
std::string text_of(std::string_view registry, const Secret& login) {
  const std::string host(registry.substr(0, registry.find('/')));
  boost::json::object logins;
  logins[host] = boost::json::object{{"auth", login.reveal()}};
  return boost::json::serialize(boost::json::object{{"auths", std::move(logins)}});
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Result<LoginFile> LoginFile::create(const std::string& directory, std::string_view registry, const Secret& login) {
  if (::mkdir(directory.c_str(), kOwnerOnly) != 0 && errno != EEXIST) return cannot("make the folder", directory);
  std::string path = directory + "/login-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) return cannot("make a file in", directory);
  LoginFile file(path);
  const bool is_written = write_all(descriptor, text_of(registry, login));
  const bool is_closed = ::close(descriptor) == 0;
  if (!is_written || !is_closed) return cannot("write", path);
  return file;
}

LoginFile::~LoginFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void remove_login_files(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

}  // namespace sluice::skopeo
