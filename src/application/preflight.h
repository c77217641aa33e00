// An image started alone, to see whether it can serve at all.
#pragma once

#include <functional>
#include <stop_token>

#include "application/image_stage.h"
#include "core/image/image_configuration.h"

namespace sluice::application {

struct PreflightRequest {
  ports::SandboxRequest start;
  image::ImageConfiguration image;  ///< As it is started, the service's own command included.
  config::Service service;
};

/// Starts it and waits until its health path answers 200 to 399 and its HEALTHCHECK succeeds, at most
/// `preflight.within`. Every cause against it is a refusal in the result; one that could not start has its HEALTHCHECK
/// tried alone, so that a program that this lacks is named in the same run. Errors: those of ports::ImageSandbox that
/// are not about the image (NotFound, Unavailable, Cancelled).
Result<image::Causes> start_alone(const ImageStagePorts& ports, const PreflightRequest& request, const SayLine& say,
                                  std::stop_token stop);

}  // namespace sluice::application
