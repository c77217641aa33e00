// ports::ImageStore with podman.
#pragma once

#include "adapters/podman/api_client.h"
#include "ports/image_store.h"

namespace sluice::podman {

/// May be used from any number of threads at once.
class ImageStore final : public ports::ImageStore {
 public:
  explicit ImageStore(ApiClient& api) : api_(api) {}
  Result<bool> has(const std::string& name) override;
  Status remove(const std::string& name) override;

 private:
  ApiClient& api_;
};

}  // namespace sluice::podman
