// The way of a deployment as a list of stages, forward and back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollout/plan.h"

namespace sluice::rollout {

enum class StageKind {
  // Forward
  CheckBlue,     ///< Do alarms already fire before anything has begun?
  CheckScan,     ///< Has the registry's scan found what GREEN's image must not have?
  PrepareRoute,  ///< The router knows the service.
  Hook,          ///< `index` in Plan::hooks.
  ReleaseCommand,
  StartGreen,      ///< Replicas up and healthy.
  AttachGreen,     ///< Behind the router at weight 0, with BLUE as fallback.
  SmokeGreen,      ///< Smoke tests on GREEN before it has traffic.
  Shift,           ///< `index` in Strategy::steps.
  Bake,            ///< Likewise: watch, then judge.
  SmokeFrontDoor,  ///< Smoke tests as a user would come.
  DrainBlue,       ///< BLUE has weight 0; its open requests end.
  RetireBlue,      ///< BLUE's replicas out of the router and stopped.
  AwaitRelease,    ///< `index` is the barrier at which it waits for the others of its release.
  // Back
  RestoreSplit,     ///< The traffic as it was before the start. Always first.
  CollectEvidence,  ///< First bad answers and log lines of GREEN, while it is still there.
  DrainGreen,
  RetireGreen,
};

struct Stage {
  StageKind kind;
  std::size_t index = 0;
  friend bool operator==(const Stage&, const Stage&) = default;
};

/// All stages of a deployment that goes well. Without BLUE: no canary, one shift to 100% (there is nothing to compare
/// with or to go back to), then the last step's bake. In a release that shift is part of the preparation: nobody uses
/// the service yet but those that are deployed with it, and they may need it to be healthy.
std::vector<Stage> forward_stages(const Plan& plan);
/// The way back. `touched`: whether GREEN may have had traffic.
std::vector<Stage> rollback_stages(bool touched);

/// The name in the journal and in JSON output, e.g. `start_green`.
std::string_view to_string(StageKind kind);
/// For people: `BeforeAllowTraffic hook`, `traffic step 1 of 3 (10%)`, `bake at 10%`.
std::string describe(const Plan& plan, const Stage& stage);

}  // namespace sluice::rollout
