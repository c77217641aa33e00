#include "core/analysis/decision.h"

#include <utility>

namespace sluice::analysis {

std::string_view to_string(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::None: return "none";
    case DecisionKind::Hold: return "hold";
    case DecisionKind::Rollback: return "rollback";
    case DecisionKind::Promote: return "promote";
  }
  std::unreachable();
}

std::optional<DecisionKind> parse_decision_kind(std::string_view name) {
  for (const auto kind : {DecisionKind::None, DecisionKind::Hold, DecisionKind::Rollback, DecisionKind::Promote}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace sluice::analysis
