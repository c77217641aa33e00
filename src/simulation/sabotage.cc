#include "simulation/sabotage.h"

#include <utility>

namespace sluice::simulation {

const std::vector<Sabotage>& all_sabotages() {
  static const std::vector<Sabotage> kSabotages = [] {
    std::vector<Sabotage> sabotages;
    for (int i = 1; i <= static_cast<int>(Sabotage::LoseMessages); ++i) sabotages.push_back(static_cast<Sabotage>(i));
    return sabotages;
  }();
  return kSabotages;
}

std::string_view to_string(Sabotage sabotage) {
  switch (sabotage) {
    case Sabotage::None: return "none";
    case Sabotage::LoseRestoreWrite: return "lose_restore_write";
    case Sabotage::WriteStrayWeight: return "write_stray_weight";
    case Sabotage::StopBlueEarly: return "stop_blue_early";
    case Sabotage::StopWithTraffic: return "stop_with_traffic";
    case Sabotage::StopLive: return "stop_live";
    case Sabotage::StopBeforeTraffic: return "stop_before_traffic";
    case Sabotage::RouteToCleared: return "route_to_cleared";
    case Sabotage::AttachWithoutHealth: return "attach_without_health";
    case Sabotage::KeepReplicas: return "keep_replicas";
    case Sabotage::GrantTwoLeases: return "grant_two_leases";
    case Sabotage::KeepEpoch: return "keep_epoch";
    case Sabotage::ForgetRecord: return "forget_record";
    case Sabotage::RaiseUnderAlarm: return "raise_under_alarm";
    case Sabotage::DeafRouter: return "deaf_router";
    case Sabotage::HideErrors: return "hide_errors";
    case Sabotage::LoseMessages: return "lose_messages";
  }
  std::unreachable();
}

}  // namespace sluice::simulation
