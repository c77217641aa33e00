#include "adapters/aws/appconfig/hosted_version.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws::appconfig {
namespace {

constexpr std::string_view kMark = "sluice ";
constexpr std::string_view kSha = "sha256=";

/// The text before `end`, which is taken off together with it; all of it where there is none.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

}  // namespace

std::string to_string(const VersionOrigin& origin) {
  return fmt::format("{}{} {} {}{}", kMark, origin.service.to_string(), origin.revision, kSha, origin.sha256);
}

std::optional<VersionOrigin> parse_version_origin(std::string_view description) {
  if (!description.starts_with(kMark)) return std::nullopt;
  description.remove_prefix(kMark.size());
  std::string_view service = cut(description, ' ');
  VersionOrigin origin;
  origin.service.project = cut(service, '/');
  origin.service.environment = cut(service, '/');
  origin.service.service = service;
  origin.revision = cut(description, ' ');
  if (!description.starts_with(kSha)) return std::nullopt;
  origin.sha256 = description.substr(kSha.size());
  if (origin.service.service.empty() || origin.revision.empty() || origin.sha256.empty()) return std::nullopt;
  return origin;
}

int find_version(const std::vector<HostedVersion>& versions, const VersionOrigin& wanted, std::string_view in_force) {
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
