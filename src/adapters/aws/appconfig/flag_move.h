// What is to be done next so that an environment has the version of one of a service's slots.
#pragma once

#include <array>
#include <string>
#include <variant>

#include "adapters/aws/appconfig/flag_deployment.h"
#include "base/result.h"
#include "core/rollout/colour.h"
#include "core/rollout/traffic_split.h"

namespace sluice::aws::appconfig {

struct SlotVersion {
  std::string version;   ///< Number of the hosted version; empty: the slot has none.
  std::string revision;  ///< Of sluice.
  friend bool operator==(const SlotVersion&, const SlotVersion&) = default;
};

/// The two versions of a rollout.
struct FlagSlots {
  std::array<SlotVersion, 2> versions;
  rollout::Slot green = rollout::Slot::A;  ///< The one that was filled last.
  int since = 0;                           ///< Number of the environment's newest deployment at that time.
  friend bool operator==(const FlagSlots&, const FlagSlots&) = default;

  const SlotVersion& of(rollout::Slot slot) const { return versions[slot == rollout::Slot::A ? 0 : 1]; }
  SlotVersion& of(rollout::Slot slot) { return versions[slot == rollout::Slot::A ? 0 : 1]; }
};

/// A revision of a version that nobody here has made: `version-7`.
std::string foreign_revision(const std::string& version);
/// `7` of `version-7`; empty of a revision of sluice's own.
std::string foreign_version(const std::string& revision);

struct Reached {};
/// AppConfig is at it.
struct StillUnderWay {
  int number = 0;
};
struct StartOf {
  std::string version;
  bool is_way_back = false;  ///< As fast as it can be.
};
/// Stops it while it is under way, and reverts it when it has ended.
struct StopOf {
  int number = 0;
};
/// AppConfig or a person has taken back the deployment of GREEN.
struct TakenBack {
  int number = 0;
};
/// Neither of the rollout's versions: somebody else has deployed it.
struct SomebodyElse {
  int number = 0;
  std::string version;
};
using FlagMove = std::variant<Reached, StillUnderWay, StartOf, StopOf, TakenBack, SomebodyElse>;

/// Forward, to GREEN, it waits until AppConfig's deployment is complete. Back, to BLUE, all clients must have the
/// version; what AppConfig then bakes is not waited for. A GREEN that is older than BLUE is a way back, too.
FlagMove next_move(const FlagHistory& history, const FlagSlots& slots, rollout::Slot wanted);

/// The split between both slots. Errors: NotFound (no slot has a version yet), Conflict (the environment has the
/// version of neither).
Result<rollout::TrafficSplit> split_of(const FlagHistory& history, const FlagSlots& slots);

/// The deployment by which GREEN's version was taken away from clients again; null: none.
const FlagDeployment* loss_of(const FlagHistory& history, const FlagSlots& slots, const std::string& revision);

}  // namespace sluice::aws::appconfig
