// When a traffic step has shown enough to go on: never by the clock alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/analysis/sequential_test.h"

namespace sluice::analysis {

/// What GREEN must have shown in a traffic step before the next one.
struct StepEvidence {
  long requests = 50;  ///< GREEN's in the step, at least; 0..1e9.
  double at_most_worse =
      0.05;  ///< GREEN's 5xx rate minus BLUE's lies below this, as a share; 1e-6..1 (1: any will do).
  Milliseconds extension{std::chrono::minutes{10}};  ///< How much longer than its bake a step may take; 0..7 days.
  friend bool operator==(const StepEvidence&, const StepEvidence&) = default;
};

enum class Enough {
  Yes,
  TooFewRequests,
  TooUncertain,  ///< The bound on how much worse GREEN can be is not low enough.
};

/// `compared`: BLUE has traffic beside GREEN, so that there is a bound.
Enough has_enough(const StepEvidence& wanted, std::int64_t green_requests, std::optional<double> at_most_worse,
                  bool compared);

/// Why a step goes on although its bake has passed, or why nobody will wait any longer: "GREEN has answered 12 of the
/// 50 requests that the step wants".
std::string describe_lack(Enough enough, const StepEvidence& wanted, std::int64_t green_requests,
                          std::optional<double> at_most_worse);

}  // namespace sluice::analysis
