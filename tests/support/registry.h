// Debian's docker-registry on a free port, for integration tests.
#pragma once

#include <memory>
#include <string>

#include "ports/daemons.h"
#include "ports/http_client.h"

namespace sluice::testing_support {

/// A port of 127.0.0.1 that is free at this moment.
int free_tcp_port();

class Registry {
 public:
  /// Throws std::runtime_error when it cannot be started. `folder` takes its data.
  Registry(const std::string& folder, ports::Daemons& daemons, ports::HttpClient& http);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  const std::string& address() const { return address_; }  ///< `127.0.0.1:PORT`
  /// Pushes a local image and answers `127.0.0.1:PORT/NAME@sha256:…`.
  std::string push(const std::string& local_image, const std::string& name);

 private:
  std::string folder_;
  std::string address_;
  std::unique_ptr<ports::Daemon> daemon_;
};

}  // namespace sluice::testing_support
