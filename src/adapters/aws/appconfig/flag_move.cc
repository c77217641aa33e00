#include "adapters/aws/appconfig/flag_move.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::aws::appconfig {
namespace {

using rollout::Slot;

constexpr std::array<std::pair<std::string_view, DeploymentState>, 7> kStates{
    {{"VALIDATING", DeploymentState::Validating},
     {"DEPLOYING", DeploymentState::Deploying},
     {"BAKING", DeploymentState::Baking},
     {"COMPLETE", DeploymentState::Complete},
     {"ROLLING_BACK", DeploymentState::RollingBack},
     {"ROLLED_BACK", DeploymentState::RolledBack},
     {"REVERTED", DeploymentState::Reverted}}};
constexpr std::string_view kForeign = "version-";
constexpr double kAll = 100;

/// Revisions of sluice sort by time; what was there before it is older than all of them.
bool is_older(const SlotVersion& one, const SlotVersion& other) {
  const std::string a = foreign_version(one.revision);
  const std::string b = foreign_version(other.revision);
  if (a.empty() && b.empty()) return one.revision < other.revision;
  if (a.empty() || b.empty()) return !a.empty();
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// The version that clients would have again if the newest deployment were reverted.
std::string version_before(const FlagHistory& history) {
  const auto& all = history.deployments;
  const auto before = std::find_if(all.begin() + 1, all.end(), [](const FlagDeployment& deployment) {
    return deployment.state == DeploymentState::Complete;
  });
  return before == all.end() ? std::string() : before->version;
}

FlagMove move_under_way(const FlagDeployment& newest, const SlotVersion& wanted, const SlotVersion& other,
                        bool is_back) {
  if (newest.version == wanted.version) {
    const bool has_all = newest.state == DeploymentState::Baking || newest.percentage >= kAll;
    return is_back && has_all ? FlagMove(Reached{}) : FlagMove(StillUnderWay{newest.number});
  }
  if (newest.version == other.version) return StopOf{newest.number};
  return SomebodyElse{newest.number, newest.version};
}

}  // namespace

std::string_view to_string(DeploymentState state) {
  return std::ranges::find(kStates, state, &std::pair<std::string_view, DeploymentState>::second)->first;
}

std::optional<DeploymentState> parse_deployment_state(std::string_view name) {
  const auto found = std::ranges::find(kStates, name, &std::pair<std::string_view, DeploymentState>::first);
  return found == kStates.end() ? std::nullopt : std::optional(found->second);
}

const FlagDeployment* FlagHistory::in_force() const {
  const auto found = std::ranges::find(deployments, DeploymentState::Complete, &FlagDeployment::state);
  return found == deployments.end() ? nullptr : &*found;
}

std::string foreign_revision(const std::string& version) { return fmt::format("{}{}", kForeign, version); }

std::string foreign_version(const std::string& revision) {
  return revision.starts_with(kForeign) ? revision.substr(kForeign.size()) : std::string();
}

FlagMove next_move(const FlagHistory& history, const FlagSlots& slots, Slot slot) {
  const SlotVersion& wanted = slots.of(slot);
  const SlotVersion& other = slots.of(rollout::other(slot));
  const bool is_green = slot == slots.green;
  const bool is_back = !is_green || (!other.version.empty() && is_older(wanted, other));
  if (history.deployments.empty()) return StartOf{wanted.version, is_back};
  const FlagDeployment& newest = history.deployments.front();
  if (newest.is_under_way()) return move_under_way(newest, wanted, other, is_back);
  const bool is_of_this_rollout = newest.number > slots.since;
  if (is_green && is_of_this_rollout && newest.version == wanted.version && newest.is_taken_back()) {
    return TakenBack{newest.number};
  }
  if (newest.state == DeploymentState::RollingBack) return StillUnderWay{newest.number};
  const FlagDeployment* const live = history.in_force();
  if (live != nullptr && live->version == wanted.version) return Reached{};
  if (live != nullptr && live->version != other.version) return SomebodyElse{live->number, live->version};
  const bool can_revert = is_back && live == &newest && version_before(history) == wanted.version;
  return can_revert ? FlagMove(StopOf{newest.number}) : FlagMove(StartOf{wanted.version, is_back});
}

Result<rollout::TrafficSplit> split_of(const FlagHistory& history, const FlagSlots& slots) {
  if (slots.versions[0].version.empty() && slots.versions[1].version.empty()) {
    return Error{ErrorKind::NotFound, "the versions of both colours are not known yet"};
  }
  const auto& all = history.deployments;
  const FlagDeployment* const now = !all.empty() && all.front().is_under_way() ? &all.front() : history.in_force();
  if (now != nullptr && now->version == slots.versions[0].version) {
    return rollout::TrafficSplit{.open = true, .slot_b = Weight::none()};
  }
  if (now != nullptr && now->version == slots.versions[1].version) {
    return rollout::TrafficSplit{.open = true, .slot_b = Weight::full()};
  }
  const auto name = [](const std::string& version) { return version.empty() ? "none" : version; };
  return Error{ErrorKind::Conflict,
               fmt::format("the environment has the version {}, and those of this service are {} and {}: somebody else "
                           "has deployed it. Deploy the version that was in force before",
                           now == nullptr ? "none" : now->version, name(slots.versions[0].version),
                           name(slots.versions[1].version))};
}

const FlagDeployment* loss_of(const FlagHistory& history, const FlagSlots& slots, const std::string& revision) {
  const SlotVersion& green = slots.of(slots.green);
  if (history.deployments.empty() || green.revision != revision) return nullptr;
  const FlagDeployment& newest = history.deployments.front();
  const bool is_lost = newest.number > slots.since && newest.version == green.version && newest.is_taken_back();
  return is_lost ? &newest : nullptr;
}

}  // namespace sluice::aws::appconfig
