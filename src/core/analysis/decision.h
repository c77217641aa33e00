// What all checks together come to: one decision, with its reason.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/analysis/particulars.h"

namespace sluice::analysis {

enum class DecisionKind {
  None,
  Hold,      ///< Traffic stays where it is.
  Rollback,  ///< Final.
  Promote,   ///< The traffic step has baked and has shown enough: the next one may come.
};

std::string_view to_string(DecisionKind kind);
std::optional<DecisionKind> parse_decision_kind(std::string_view name);

struct Decision {
  DecisionKind kind = DecisionKind::None;
  /// For programs; stable: `sequential errors`, `alarm http_5xx`, `no data http_5xx`, `too few requests`.
  std::string reason;
  std::string message;  ///< The sentence for people.
  TimePoint at{};       ///< The end of the slot that brought it.
  /// Of the sequential test: the evidence in nats that decided, and what was needed for it. It may fall afterwards, and
  /// the decision stays.
  double log_evidence = 0;
  double log_needed = 0;
  /// What whoever feeds the judge knows besides of single requests; the judge itself leaves it empty.
  Particulars particulars = {};
  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace sluice::analysis
