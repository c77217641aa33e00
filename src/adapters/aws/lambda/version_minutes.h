// CloudWatch's minutes of the versions behind an alias.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/lambda/function_notes.h"
#include "adapters/aws/minute_series.h"
#include "core/rollout/target.h"

namespace sluice::aws::lambda {

/// A moved weight is in force everywhere after this long.
inline constexpr Milliseconds kShiftTakes{10'000};

/// What of the alias's minutes is a slot's. CloudWatch tells versions apart (`executed`) only while the alias has
/// weights: a minute in which the slot stood alone is all of the alias's (`all`), one in which the other did is none of
/// its, and one in which the weights were moved is what is told of the version for sure.
Minutes minutes_of_slot(const std::vector<Shift>& shifts, rollout::Slot slot, const Minutes& executed,
                        const Minutes& all);

/// Invocations, Errors, Throttles and Duration (p10 to p99, Maximum) with the dimensions FunctionName, Resource and
/// ExecutedVersion: "Types of metrics for Lambda functions" and "Using CloudWatch metrics with Lambda" of the developer
/// guide. A throttled request counts as a failed one. May be used from any number of threads at once.
class VersionMinutes {
 public:
  /// Both must outlive this.
  VersionMinutes(const FunctionNotes& notes, ClientPool& clients) : notes_(notes), clients_(clients) {}

  /// Whole minutes of both slots. Errors: those of metric_data and FunctionNotes.
  Result<MinutesOfBoth> read(const rollout::ServiceKey& service, const rollout::LambdaTarget& place, TimePoint from,
                             TimePoint until, const std::stop_token& stop) const;

 private:
  const FunctionNotes& notes_;
  ClientPool& clients_;
};

}  // namespace sluice::aws::lambda
