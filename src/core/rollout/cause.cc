#include "core/rollout/cause.h"

#include <utility>

namespace sluice::rollout {

std::string_view to_string(CauseKind kind) {
  switch (kind) {
    case CauseKind::Alarm: return "alarm";
    case CauseKind::NoData: return "no_data";
    case CauseKind::Analysis: return "analysis";
    case CauseKind::AlreadyAlarming: return "already_alarming";
    case CauseKind::Scan: return "scan";
    case CauseKind::GreenLost: return "green_lost";
    case CauseKind::Start: return "start";
    case CauseKind::Hook: return "hook";
    case CauseKind::ReleaseCommand: return "release_command";
    case CauseKind::Smoke: return "smoke";
    case CauseKind::Router: return "router";
    case CauseKind::Person: return "person";
    case CauseKind::Cancelled: return "cancelled";
    case CauseKind::Superseded: return "superseded";
    case CauseKind::HoldExpired: return "hold_expired";
  }
  std::unreachable();
}

std::optional<CauseKind> parse_cause_kind(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(CauseKind::HoldExpired); ++i) {
    if (to_string(static_cast<CauseKind>(i)) == name) return static_cast<CauseKind>(i);
  }
  return std::nullopt;
}

}  // namespace sluice::rollout
