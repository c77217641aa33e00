// Which images of a machine nobody needs any more. Pure: what is removed, and how, is the caller's.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/time.h"

namespace sluice::image {

/// Of a service in an environment, besides the live one: what `sluice rollback --to` can reach.
inline constexpr int kKeptRevisions = 5;
/// Of a service in an environment, whatever became of them: what a person may want to look at or try again.
inline constexpr int kKeptDeployments = 5;
/// Of a service: what was built here, deployed or not.
inline constexpr int kKeptBuilds = 5;
/// What was built, checked, scanned or pushed so short ago may be on its way to a deployment.
inline constexpr Milliseconds kOnItsWay{std::chrono::hours{1}};

struct BuiltImage {
  std::string project;
  std::string service;
  std::string commit;
  std::string name;                     ///< In the local store: `localhost/…:sha-…`.
  std::vector<std::string> references;  ///< Where it was pushed: `REGISTRY/REPOSITORY@sha256:…`.
  TimePoint used_at{};
  friend bool operator==(const BuiltImage&, const BuiltImage&) = default;
};

struct ServiceImages {
  std::vector<std::string> needed;    ///< References of what serves, what is deployed now, and the kept revisions.
  std::vector<std::string> deployed;  ///< References of ended deployments, newest first.
  std::vector<BuiltImage> built;      ///< In any order.
};

struct RemovableImages {
  std::set<std::string> references;
  std::vector<BuiltImage> built;  ///< Their names; their references are among `references`.
};

/// An image that one service needs stays for all of them. Images that stand in none of the lists are nobody's business
/// here, so they are never named.
RemovableImages removable_images(const std::vector<ServiceImages>& services, TimePoint now);

}  // namespace sluice::image
