#include "adapters/aws/gateway/stage_split.h"

#include <fmt/format.h>

namespace sluice::aws::gateway {

Result<rollout::TrafficSplit> split_of(const std::string& deployment, const Slots& slots) {
  if (slots[0].empty() && slots[1].empty()) {
    return Error{ErrorKind::NotFound, "the deployments of both colours are not known yet"};
  }
  if (!deployment.empty()) {
    if (deployment == slots[0]) return rollout::TrafficSplit{.open = true, .slot_b = Weight::none()};
    if (deployment == slots[1]) return rollout::TrafficSplit{.open = true, .slot_b = Weight::full()};
  }
  const auto name = [](const std::string& id) { return id.empty() ? "none" : id; };
  return Error{ErrorKind::Conflict,
               fmt::format("the stage points at the deployment {}, and those of this service are {} and {}: somebody "
                           "else has moved it. Point it back at the one that had the traffic",
                           name(deployment), name(slots[0]), name(slots[1]))};
}

Result<std::string> deployment_for(const rollout::TrafficSplit& split, const Slots& slots) {
  const bool is_whole = split.slot_b == Weight::none() || split.slot_b == Weight::full();
  if (!split.open || !is_whole) {
    return Error{ErrorKind::InvalidInput,
                 split.open
                     ? fmt::format("a stage has one deployment and cannot give {} to another", split.slot_b.to_string())
                     : std::string("a stage cannot be without a deployment")};
  }
  const std::string& deployment = slots[split.slot_b == Weight::full() ? 1 : 0];
  if (!deployment.empty()) return deployment;
  return Error{ErrorKind::NotFound, "the deployment that is to get the traffic is not known yet"};
}

}  // namespace sluice::aws::gateway
