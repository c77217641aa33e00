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

}  // namespace sluice::analysis
