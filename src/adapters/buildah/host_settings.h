// What RUN steps of a build need of the host to reach the network as the host does: certificates and the settings of
// pip and npm. They are mounted for RUN only and are in no layer; where the image lacks the mounted file or folder
// itself, buildah leaves an empty one in the layer.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::buildah {

/// Where the host keeps what is handed on; tests point them elsewhere.
struct HostPlaces {
  std::string certificates = "/etc/ssl/certs";
  std::string pip_configuration = "/etc/pip.conf";
  std::string npm_configuration = "/etc/npmrc";
  std::map<std::string, std::string> environment;  ///< `PIP_*`, `npm_config_*`, `HOME` are looked at.
};

struct Mount {
  std::string source;  ///< Absolute, on the host.
  std::string target;  ///< Absolute, in the image.
  friend bool operator==(const Mount&, const Mount&) = default;
};

/// pip's settings that say how to reach packages (index-url, extra-index-url, trusted-host, proxy, timeout, retries,
/// cert and the like), gathered from configuration files (later ones win) and `PIP_…` variables (these win over
/// files), as the text of one configuration file. Empty when there are none. `cert` always names the certificates as
/// the build sees them.
std::string pip_settings(const std::vector<std::string>& files, const std::map<std::string, std::string>& environment);

/// npm's likewise: registries, their credentials, proxies, `strict-ssl`.
std::string npm_settings(const std::vector<std::string>& files, const std::map<std::string, std::string>& environment);

/// Writes what a build of `dockerfile` (its text) needs into `folder` (private to the caller) and tells where to mount
/// it. pip's and npm's settings are left out where the text calls neither. Error: Unavailable.
Result<std::vector<Mount>> prepare_mounts(const HostPlaces& host, std::string_view dockerfile,
                                          const std::string& folder);

}  // namespace sluice::buildah
