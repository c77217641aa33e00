// What an image says about itself: how it starts, how it is checked, where it listens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace sluice::image {

/// The HEALTHCHECK of an image. Zero durations and retries mean that the image leaves them to the defaults
/// (Docker's: 30 s, 30 s, 0 s, 3).
struct ImageHealthCheck {
  /// `CMD` and arguments, or `CMD-SHELL` and one script. Never `NONE` (that is no health check).
  std::vector<std::string> test;
  Milliseconds interval{0};
  Milliseconds timeout{0};
  Milliseconds start_period{0};
  int retries = 0;
  friend bool operator==(const ImageHealthCheck&, const ImageHealthCheck&) = default;
};

struct ImageConfiguration {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;                      ///< CMD: arguments of the entrypoint when there is one.
  std::vector<std::pair<std::string, std::string>> env;  ///< In the image's order.
  std::vector<std::string> shell{"/bin/sh", "-c"};       ///< What runs a CMD-SHELL.
  std::string working_directory;                         ///< Empty: `/`.
  std::string user;                                      ///< Empty: root.
  std::vector<int> exposed_ports;                        ///< TCP, rising.
  std::optional<ImageHealthCheck> health_check;

  /// The value of a variable, or nothing.
  std::optional<std::string> variable(std::string_view name) const;
  /// The PATH that its processes get; Docker's default when the image sets none.
  std::string search_path() const;
  /// Entrypoint and command as one list of arguments.
  std::vector<std::string> start_arguments() const;
  /// The arguments that run its health check inside a container; empty when there is none.
  std::vector<std::string> health_arguments() const;

  friend bool operator==(const ImageConfiguration&, const ImageConfiguration&) = default;
};

/// Reads what `buildah inspect --type image` or `podman image inspect` prints. Error: InvalidInput, naming the member
/// that is absent or of a wrong type.
Result<ImageConfiguration> parse_image_inspection(std::string_view json);

}  // namespace sluice::image
