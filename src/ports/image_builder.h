// What makes an image of a folder.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/image/image_configuration.h"

namespace sluice::ports {

struct ImageBuildRequest {
  std::string context;     ///< Absolute folder whose files the build may copy.
  std::string dockerfile;  ///< Absolute path.
  std::map<std::string, std::string> args;
  std::string name;  ///< What the image is called in the local store: `localhost/NAME:TAG`.
  /// Called with each line of the build's output, without its end, on the calling thread.
  std::function<void(std::string_view)> on_line;
};

class ImageBuilder {
 public:
  virtual ~ImageBuilder() = default;
  /// Builds, and gives the image's id (64 hexadecimal digits). RUN steps see the host's certificates, proxies and
  /// settings of pip and npm; none of them is in a layer. Errors: Failed (a step failed, with the end of the output),
  /// NotFound (no program that builds images), InvalidInput (no such folder or file), Unavailable (disk full),
  /// Cancelled.
  virtual Result<std::string> build(const ImageBuildRequest& request, std::stop_token stop) = 0;

  /// What an image of the local store says about itself, by id or name. Error: NotFound when it is not there.
  virtual Result<image::ImageConfiguration> inspect(const std::string& image) = 0;
};

}  // namespace sluice::ports
