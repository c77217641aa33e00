#include "adapters/aws/gateway/stage_split.h"

#include <fmt/format.h>

namespace sluice::aws::gateway {
namespace {

constexpr std::string_view kRemoval = "op=remove,path=/canarySettings";

std::string name_of(const std::string& deployment) { return deployment.empty() ? "none" : deployment; }

Error moved(const Stage& stage, const Slots& slots) {
  return {ErrorKind::Conflict,
          fmt::format("the stage points at the deployment {}, and those of this service are {} and {}: somebody else "
                      "has moved it. Point it back at the one that had the traffic",
                      name_of(stage.deployment), name_of(slots[0]), name_of(slots[1]))};
}

Error foreign_canary(const std::string& deployment, const Slots& slots) {
  return {ErrorKind::Conflict,
          fmt::format("the stage has a canary of the deployment {}, and those of this service are {} and {}: somebody "
                      "else has made it. Remove it (update-stage with {})",
                      name_of(deployment), name_of(slots[0]), name_of(slots[1]), kRemoval)};
}

/// Nothing: neither slot's.
std::optional<std::size_t> slot_of(const std::string& deployment, const Slots& slots) {
  if (deployment.empty()) return std::nullopt;
  if (deployment == slots[0]) return 0;
  if (deployment == slots[1]) return 1;
  return std::nullopt;
}

bool is_of_its_own(const Stage& stage) { return stage.canary && stage.canary->deployment == stage.deployment; }

Weight share_beside(std::size_t slot, const rollout::TrafficSplit& split) {
  return slot == 0 ? split.slot_b : split.slot_b.complement();
}

StageChange whole(const Stage& now, const std::string& deployment, OwnCanary own) {
  const bool is_there = now.deployment == deployment;
  const bool stays = is_there && is_of_its_own(now) && own == OwnCanary::Theirs;
  return {.removes_canary = now.canary && !stays,
          .deployment = is_there ? std::string() : deployment,
          .canary_deployment = "",
          .canary_share = {}};
}

StageChange divided(const Stage& now, const Canary& wanted) {
  const bool is_there = now.canary && now.canary->deployment == wanted.deployment;
  if (is_there && now.canary->share == wanted.share) return {};
  return {.removes_canary = false,
          .deployment = "",
          .canary_deployment = is_there ? std::string() : wanted.deployment,
          .canary_share = wanted.share};
}

}  // namespace

Result<rollout::TrafficSplit> split_of(const Stage& stage, const Slots& slots) {
  if (slots[0].empty() && slots[1].empty()) {
    return Error{ErrorKind::NotFound, "the deployments of both colours are not known yet"};
  }
  const auto slot = slot_of(stage.deployment, slots);
  if (!slot) return moved(stage, slots);
  Weight beside = Weight::none();
  if (stage.canary && !is_of_its_own(stage)) {
    if (!slot_of(stage.canary->deployment, slots)) return foreign_canary(stage.canary->deployment, slots);
    beside = stage.canary->share;
  }
  return rollout::TrafficSplit{.open = true, .slot_b = *slot == 0 ? beside : beside.complement()};
}

Result<StageChange> change_for(const Stage& now, const rollout::TrafficSplit& wanted, const Slots& slots,
                               rollout::ApiKind kind, OwnCanary own) {
  const bool is_whole = wanted.slot_b == Weight::none() || wanted.slot_b == Weight::full();
  if (!wanted.open) return Error{ErrorKind::InvalidInput, "a stage cannot be without a deployment"};
  if (!is_whole && kind == rollout::ApiKind::V2) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("a stage of an HTTP or WebSocket API has one deployment and cannot give {} to another",
                             wanted.slot_b.to_string())};
  }
  TRY(split_of(now, slots));
  const std::size_t slot = *slot_of(now.deployment, slots);
  const std::string& deployment = is_whole ? slots[wanted.slot_b == Weight::full() ? 1 : 0] : slots[1 - slot];
  if (deployment.empty()) {
    return Error{ErrorKind::NotFound, "the deployment that is to get the traffic is not known yet"};
  }
  if (is_whole) return whole(now, deployment, own);
  if (is_of_its_own(now) && own == OwnCanary::Theirs) return foreign_canary(now.deployment, slots);
  return divided(now, {deployment, share_beside(slot, wanted)});
}

}  // namespace sluice::aws::gateway
