// The real podman of this machine for integration tests, with a home and a run directory of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "adapters/curl/http_client.h"
#include "adapters/linux/daemons.h"
#include "adapters/podman/api_client.h"
#include "adapters/podman/fleet.h"

namespace sluice::testing_support {

/// A folder that is removed with this object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// podman's service, a fleet and the responder's image. `create` gives null when podman is not installed and this is
/// not CI, where it is a failure.
class Machine {
 public:
  static std::unique_ptr<Machine> create();
  ~Machine();

  const std::string& home() const { return folder_.path(); }
  std::string run_directory() const { return folder_.path() + "/run"; }
  podman::Fleet& fleet() { return *fleet_; }
  podman::ApiClient& api() { return *api_; }
  ports::HttpClient& http() { return http_; }
  ports::Daemons& daemons() { return daemons_; }
  /// A new Fleet and client over the same home, as after a crash of sluice.
  void crash();

  /// The responder's image (bench/responder) as podman knows it.
  static std::string image();
  /// A start of `replicas` responders with a fresh revision id.
  static ports::FleetStart responders(int replicas, std::map<std::string, std::string> env = {},
                                      rollout::Network network = rollout::Network::Bridge);

 private:
  Machine() : daemons_(folder_.path()) {}
  Status connect();

  TemporaryFolder folder_;
  curl::HttpClient http_;
  linux_host::Daemons daemons_;
  std::unique_ptr<podman::ApiClient> api_;
  std::unique_ptr<podman::Fleet> fleet_;
};

/// True when the condition holds before 20 seconds are over.
bool eventually(const std::function<bool()>& condition);

}  // namespace sluice::testing_support
