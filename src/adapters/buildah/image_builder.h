// Builds images with `buildah bud`, without a daemon and without privileges that chroot(2) does not need.
#pragma once

#include <string>

#include "adapters/buildah/host_settings.h"
#include "ports/image_builder.h"
#include "ports/processes.h"

namespace sluice::buildah {

class ImageBuilder final : public ports::ImageBuilder {
 public:
  struct Options {
    std::string scratch_directory;  ///< Made when absent; each build has a folder of its own in it while it runs.
    HostPlaces host;
  };

  /// `processes` must outlive this.
  ImageBuilder(Options options, ports::Processes& processes) : options_(std::move(options)), processes_(processes) {}

  Result<std::string> build(const ports::ImageBuildRequest& request, std::stop_token stop) override;
  Result<image::ImageConfiguration> inspect(const std::string& image) override;

 private:
  Options options_;
  ports::Processes& processes_;
};

}  // namespace sluice::buildah
