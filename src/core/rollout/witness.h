// Alarms that somebody else judges and that count all the same: named alarms of CloudWatch.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"

namespace sluice::rollout {

enum class WitnessState {
  Ok,
  Firing,   ///< `ALARM`
  NoData,   ///< `INSUFFICIENT_DATA`
  Missing,  ///< There is no such alarm (any more).
};

/// What a named alarm says.
struct Witness {
  std::string alarm;
  WitnessState state = WitnessState::NoData;
  std::string reason;  ///< CloudWatch's own (StateReason).
  TimePoint since{};   ///< When it came into this state.
  friend bool operator==(const Witness&, const Witness&) = default;
};

/// The name of its check, unlike that of any alarm of sluice.yaml: `cloudwatch/orchestrator-5xx`.
std::string check_of_witness(const std::string& alarm);

/// Of a deployment whose GREEN has traffic. With --while-alarming, one that fires since before the start says nothing
/// of GREEN.
CheckResult judge(const Witness& witness, const State& state);

/// Each of the plan's witnesses as one that cannot be asked.
std::vector<CheckResult> unheard_witnesses(const Plan& plan, const Error& error);

/// Whether a deployment may begin. Errors: NotFound (missing ones), Failed (one fires, and the plan is not to begin
/// while it does).
Status check_before_start(const std::vector<Witness>& witnesses, const Plan& plan);

}  // namespace sluice::rollout
