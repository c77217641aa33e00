// What the registry of an image says of it by a scan of its own: Amazon ECR.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/rollout/image_scan.h"
#include "core/rollout/target.h"

namespace sluice::ports {

class ImageScans {
 public:
  virtual ~ImageScans() = default;
  /// What is known now of the image, or of each of those that are under its digest for several platforms; at least one.
  /// `image`: `registry/repository@sha256:…`; `place`: as whom its registry is asked. It blocks. Errors: InvalidInput
  /// (the registry scans nothing; an answer that cannot be read: a gate must not pass that), NotFound (no such image),
  /// Denied, Throttled, Unavailable, Cancelled, Failed.
  virtual Result<std::vector<rollout::ImageScan>> look(const rollout::Target& place, const std::string& image,
                                                       std::stop_token stop) = 0;
};

}  // namespace sluice::ports
