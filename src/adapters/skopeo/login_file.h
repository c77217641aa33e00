// A login for skopeo in a file, so that no list of processes shows it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/secret.h"

namespace sluice::skopeo {

/// Removed with this object.
class LoginFile {
 public:
  /// Only its owner may read it. `login`: user and password in base64 with a colon between them. `registry`: the login
  /// is for its host. Error: Unavailable.
  static Result<LoginFile> create(const std::string& directory, std::string_view registry, const Secret& login);

  ~LoginFile();
  LoginFile(LoginFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  LoginFile& operator=(LoginFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  LoginFile(const LoginFile&) = delete;
  LoginFile& operator=(const LoginFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit LoginFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Removes what a process that was killed has left. Of one process at a time.
void remove_login_files(const std::string& directory);

}  // namespace sluice::skopeo
