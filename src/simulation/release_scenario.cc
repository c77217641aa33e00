#include "simulation/release_scenario.h"

#include <algorithm>

namespace sluice::simulation {

void add_releases(Scenario& scenario, Chance chance) {
  if (scenario.services.size() < 2 || !chance.happens(0.5)) return;
  for (auto releases = chance.between(1, 3); releases > 0; --releases) {
    PlannedRelease release{.after = chance.between(Milliseconds{0}, scenario.troubled_for)};
    const bool all_good = chance.happens(0.6);  // else one bad member of several takes nearly all back
    for (PlannedService& service : scenario.services) {
      // The first one stays: it makes the BLUE of most others.
      if (service.deployments.size() < 2 || chance.happens(0.1)) continue;
      const auto place = service.deployments.begin() + chance.between(1, static_cast<int>(service.deployments.size()) - 1);
      std::vector<std::string> after;
      for (const PlannedDeployment& other : release.members) {
        if (chance.happens(0.4)) after.push_back(other.request.plan.service.service);
      }
      release.members.push_back(std::move(*place));
      if (all_good) release.members.back().quality = {};
      release.depend_on.push_back(std::move(after));
      service.deployments.erase(place);
    }
    if (!release.members.empty()) scenario.releases.push_back(std::move(release));
  }
}

}  // namespace sluice::simulation
