#include "adapters/aws/appconfig/hosted_version.h"

#include <algorithm>

namespace sluice::aws::appconfig {

std::optional<Origin> parse_version_origin(std::string_view description) {
  auto origin = parse_origin(description);
  return origin && !origin->sha256.empty() ? std::move(origin) : std::nullopt;
}

int find_version(const std::vector<HostedVersion>& versions, const Origin& wanted, std::string_view in_force) {
  int same_content = 0;
  for (const HostedVersion& version : versions) {
    const auto origin = parse_version_origin(version.description);
    if (!origin) continue;
    if (origin->service == wanted.service && origin->revision == wanted.revision) return version.number;
    const bool may_be_taken = origin->sha256 == wanted.sha256 && std::to_string(version.number) != in_force;
    if (may_be_taken) same_content = std::max(same_content, version.number);
  }
  return same_content;
}

int newest_number(const std::vector<HostedVersion>& versions) {
  int newest = 0;
  for (const HostedVersion& version : versions) newest = std::max(newest, version.number);
  return newest;
}

}  // namespace sluice::aws::appconfig
