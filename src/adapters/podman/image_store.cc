#include "adapters/podman/image_store.h"

#include <boost/json.hpp>

namespace sluice::podman {
namespace {

namespace json = boost::json;

constexpr Milliseconds kRemoveTimeout{std::chrono::minutes{2}};

}  // namespace

Result<std::vector<std::string>> ImageStore::names() {
  TRY_ASSIGN(const std::string body, api_.call({.path = "/images/json"}, "listing images"));
  std::vector<std::string> names;
  try {
    const json::value images = json::parse(body);
    for (const auto& image : images.as_array()) {
      const auto* list = image.as_object().if_contains("Names");  // Absent for one without a name.
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& name : list->as_array()) names.emplace_back(name.as_string());
    }
  } catch (const std::exception& broken) {  // What Boost.JSON throws for text that is none, or of another shape.
    return Error{ErrorKind::Failed, std::string("podman's list of images cannot be read: ") + broken.what()};
  }
  return names;
}

Status ImageStore::remove(const std::string& name) {
  // By name and without force, podman only takes the name away while there are others.
  TRY(api_.call({.method = "DELETE", .path = "/images/" + name, .timeout = kRemoveTimeout}, "removing image " + name));
  return {};
}

}  // namespace sluice::podman
