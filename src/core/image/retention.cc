#include "core/image/retention.h"

#include <algorithm>

namespace sluice::image {
namespace {

/// Newest first.
std::vector<BuiltImage> by_use(std::vector<BuiltImage> built) {
  std::ranges::stable_sort(built, std::ranges::greater(), &BuiltImage::used_at);
  return built;
}

/// The first `kept` ones and those of the last hour.
bool stays(std::size_t place, const BuiltImage& image, TimePoint now) {
  return place < static_cast<std::size_t>(kKeptBuilds) || image.used_at + kOnItsWay > now;
}

std::set<std::string> kept_references(const std::vector<ServiceImages>& services, TimePoint now) {
  std::set<std::string> kept;
  for (const ServiceImages& service : services) {
    kept.insert(service.needed.begin(), service.needed.end());
    const auto newest = std::min<std::size_t>(service.deployed.size(), kKeptDeployments);
    kept.insert(service.deployed.begin(), service.deployed.begin() + static_cast<std::ptrdiff_t>(newest));
    const auto built = by_use(service.built);
    for (std::size_t i = 0; i < built.size(); ++i) {
      if (stays(i, built[i], now)) kept.insert(built[i].references.begin(), built[i].references.end());
    }
  }
  return kept;
}

}  // namespace

RemovableImages removable_images(const std::vector<ServiceImages>& services, TimePoint now) {
  const std::set<std::string> kept = kept_references(services, now);
  const auto is_kept = [&](const std::string& reference) { return kept.contains(reference); };
  RemovableImages removable;
  for (const ServiceImages& service : services) {
    for (const std::string& reference : service.deployed) {
      if (!is_kept(reference)) removable.references.insert(reference);
    }
    auto built = by_use(service.built);
    for (std::size_t i = 0; i < built.size(); ++i) {
      if (stays(i, built[i], now) || std::ranges::any_of(built[i].references, is_kept)) continue;
      removable.references.insert(built[i].references.begin(), built[i].references.end());
      removable.built.push_back(std::move(built[i]));
    }
  }
  return removable;
}

}  // namespace sluice::image
