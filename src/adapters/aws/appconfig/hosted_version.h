// A version of a configuration profile in AppConfig's hosted store: what its description says of where it comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollout/service_key.h"

namespace sluice::aws::appconfig {

struct HostedVersion {
  int number = 0;
  std::string description;
  friend bool operator==(const HostedVersion&, const HostedVersion&) = default;
};

/// What sluice writes into the description of a version that it makes.
struct VersionOrigin {
  rollout::ServiceKey service;
  std::string revision;
  std::string sha256;  ///< Of the content that AppConfig was given, in hexadecimal digits.
  friend bool operator==(const VersionOrigin&, const VersionOrigin&) = default;
};

/// `sluice chat/staging/flags 01JD… sha256=12ab…`
std::string to_string(const VersionOrigin& origin);
/// Nothing of a description that is not of this form: the version is somebody else's.
std::optional<VersionOrigin> parse_version_origin(std::string_view description);

/// Number of the version that was made for this revision; else of the newest of the same content, unless it is
/// `in_force`: a rollout's two versions differ. 0: there is none.
int find_version(const std::vector<HostedVersion>& versions, const VersionOrigin& wanted, std::string_view in_force);

/// 0: there is none.
int newest_number(const std::vector<HostedVersion>& versions);

}  // namespace sluice::aws::appconfig
