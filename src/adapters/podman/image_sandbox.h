// ports::ImageSandbox with podman: a container without a network, looked at from inside its network namespace.
#pragma once

#include <memory>
#include <string>

#include "adapters/podman/containers.h"
#include "ports/http_client.h"
#include "ports/image_sandbox.h"
#include "ports/processes.h"

namespace sluice::podman {

/// May be used from any number of threads at once, a container name each. Needs root: it enters other network
/// namespaces and mounts images.
class ImageSandbox final : public ports::ImageSandbox {
 public:
  /// `owner` goes into container names, so that two sluices of a machine never touch each other's: the same for one
  /// home, different for another. `api`, `http` and `processes` must outlive this.
  ImageSandbox(std::string owner, ApiClient& api, ports::HttpClient& http, ports::Processes& processes)
      : owner_(std::move(owner)), api_(api), containers_(api), http_(http), processes_(processes) {}

  Result<std::unique_ptr<ports::Sandbox>> start(const ports::SandboxRequest& request, std::stop_token stop) override;
  Result<ports::CommandOutcome> run_alone(const ports::SandboxRequest& request, const std::vector<std::string>& argv,
                                          Milliseconds timeout, std::stop_token stop) override;
  Result<image::FileTree> files(const std::string& image_id) override;

 private:
  Result<std::unique_ptr<ports::Sandbox>> start_container(const ContainerSpec& spec);
  ContainerSpec specification(const ports::SandboxRequest& request) const;

  std::string owner_;
  ApiClient& api_;
  Containers containers_;
  ports::HttpClient& http_;
  ports::Processes& processes_;
};

/// The files below `root`, a folder of this machine, as the image sees them. Error: Unavailable.
Result<image::FileTree> read_file_tree(const std::string& root);

}  // namespace sluice::podman
