// A version of a configuration profile in AppConfig's hosted store: what its description says of where it comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/origin.h"

namespace sluice::aws::appconfig {

struct HostedVersion {
  int number = 0;
  std::string description;
  friend bool operator==(const HostedVersion&, const HostedVersion&) = default;
};

/// As parse_origin; nothing without a hash of the content, either.
std::optional<Origin> parse_version_origin(std::string_view description);

/// Number of the version that was made for this revision; else of the newest of the same content, unless it is
/// `in_force`: a rollout's two versions differ. 0: there is none.
int find_version(const std::vector<HostedVersion>& versions, const Origin& wanted, std::string_view in_force);

/// 0: there is none.
int newest_number(const std::vector<HostedVersion>& versions);

}  // namespace sluice::aws::appconfig
