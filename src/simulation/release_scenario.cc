#include "simulation/release_scenario.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::simulation {

void add_releases(Scenario& scenario, Chance chance) {
  if (scenario.services.size() < 2 || !chance.happens(0.5)) return;
  for (auto releases = chance.between(1, 3); releases > 0; --releases) {
    PlannedRelease release{.after = chance.between(Milliseconds{0}, scenario.troubled_for)};
    const bool all_good = chance.happens(0.6);  // else one bad member of several takes nearly all back
    for (const PlannedService& service : scenario.services) {
      if (chance.happens(0.1)) continue;
      std::vector<std::string> after;
      for (const PlannedDeployment& other : release.members) {
        if (chance.happens(0.4)) after.push_back(other.request.plan.service.service);
      }
      // As one of the service's own, with a revision that is new.
      PlannedDeployment member = chance.pick(service.deployments);
      member.request.plan.green.id = fmt::format("{}-{}", service.key.service, releases);
      if (all_good) member.quality = {};
      release.members.push_back(std::move(member));
      release.depend_on.push_back(std::move(after));
    }
    if (!release.members.empty()) scenario.releases.push_back(std::move(release));
  }
}

}  // namespace sluice::simulation
