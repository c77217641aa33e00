#include "core/rollout/state.h"

#include <utility>

namespace sluice::rollout {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Succeeded: return "succeeded";
    case Outcome::RolledBack: return "rolled_back";
    case Outcome::FailedBeforeTraffic: return "failed_before_traffic";
    case Outcome::Cancelled: return "cancelled";
  }
  std::unreachable();
}

std::optional<Outcome> parse_outcome(std::string_view name) {
  for (Outcome outcome : {Outcome::Succeeded, Outcome::RolledBack, Outcome::FailedBeforeTraffic, Outcome::Cancelled}) {
    if (to_string(outcome) == name) return outcome;
  }
  return std::nullopt;
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::Forward: return "forward";
    case Mode::Held: return "held";
    case Mode::RollingBack: return "rolling_back";
    case Mode::Ended: return "ended";
  }
  std::unreachable();
}

std::string_view to_string(MessageKind kind) {
  switch (kind) {
    case MessageKind::Held: return "held";
    case MessageKind::HoldReminder: return "hold_reminder";
    case MessageKind::Succeeded: return "succeeded";
    case MessageKind::RolledBack: return "rolled_back";
    case MessageKind::FailedBeforeTraffic: return "failed_before_traffic";
    case MessageKind::Cancelled: return "cancelled";
    case MessageKind::RollbackStuck: return "rollback_stuck";
    case MessageKind::Figures: return "figures";
  }
  std::unreachable();
}

std::optional<Stage> current_stage(const State& state) {
  if (state.mode == Mode::Ended) return std::nullopt;
  const auto stages = state.mode == Mode::RollingBack ? rollback_stages(state.touched) : forward_stages(state.plan);
  if (state.stage >= stages.size()) return std::nullopt;
  return stages[state.stage];
}

}  // namespace sluice::rollout
