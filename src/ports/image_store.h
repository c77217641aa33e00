// The images that this machine has, by their names: where containers are started from.
#pragma once

#include <string>

#include "base/result.h"

namespace sluice::ports {

class ImageStore {
 public:
  virtual ~ImageStore() = default;
  /// Whether there is an image of this name: `localhost/sluice-shop-web:sha-…`, `127.0.0.1:5000/web@sha256:…`. A list
  /// of all images takes podman seconds when there are a hundred; this takes a millisecond.
  virtual Result<bool> has(const std::string& name) = 0;
  /// Takes a name away. The image goes with its last name, with the layers that nothing else needs. Errors: Conflict
  /// (it is the last name, and a container uses the image: nothing has happened), NotFound.
  virtual Status remove(const std::string& name) = 0;
};

}  // namespace sluice::ports
