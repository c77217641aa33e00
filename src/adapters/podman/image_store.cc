#include "adapters/podman/image_store.h"

namespace sluice::podman {
namespace {

constexpr Milliseconds kRemoveTimeout{std::chrono::minutes{2}};

}  // namespace

Result<bool> ImageStore::has(const std::string& name) { return api_.has_image(name); }

Status ImageStore::remove(const std::string& name) {
  // By name and without force, podman only takes the name away while there are others.
  TRY(api_.call({.method = "DELETE", .path = "/images/" + name, .timeout = kRemoveTimeout}, "removing image " + name));
  return {};
}

}  // namespace sluice::podman
