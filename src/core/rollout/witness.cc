#include "core/rollout/witness.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::rollout {

std::string check_of_witness(const std::string& alarm) { return "cloudwatch/" + alarm; }

CheckResult judge(const Witness& witness, const State& state) {
  CheckResult result{.alarm = check_of_witness(witness.alarm)};
  switch (witness.state) {
    case WitnessState::Ok:
      result.verdict = analysis::Verdict::Ok;
      result.sentence = fmt::format("the CloudWatch alarm {} is OK", witness.alarm);
      break;
    case WitnessState::Firing: {
      const bool is_older = state.plan.while_alarming && witness.since < state.started_at;
      result.verdict = is_older ? analysis::Verdict::Ok : analysis::Verdict::Breaching;
      result.sentence = fmt::format(
          "the CloudWatch alarm {} is in ALARM since {}{}: {}", witness.alarm, format_rfc3339(witness.since),
          is_older ? ", before this deployment began, so that it says nothing of GREEN" : "", witness.reason);
      break;
    }
    case WitnessState::NoData:
      result.verdict = analysis::Verdict::NoData;
      result.sentence =
          fmt::format("the CloudWatch alarm {} has no data (INSUFFICIENT_DATA): {}", witness.alarm, witness.reason);
      break;
    case WitnessState::Missing:
      result.verdict = analysis::Verdict::Error;
      result.sentence = fmt::format("there is no CloudWatch alarm {} any more", witness.alarm);
      break;
  }
  return result;
}

std::vector<CheckResult> unheard_witnesses(const Plan& plan, const Error& error) {
  std::vector<CheckResult> results;
  for (const std::string& alarm : plan.witnesses) {
    results.push_back({check_of_witness(alarm), analysis::Verdict::Error,
                       fmt::format("the CloudWatch alarm {} cannot be asked: {}", alarm, error.message)});
  }
  return results;
}

Status check_before_start(const std::vector<Witness>& witnesses, const Plan& plan) {
  for (const Witness& witness : witnesses) {
    if (witness.state == WitnessState::Missing) {
      return Error{
          ErrorKind::NotFound,
          fmt::format("there is no CloudWatch alarm {}: make it, or take it out of 'alarms' of 'aws'", witness.alarm)};
    }
  }
  for (const Witness& witness : witnesses) {
    if (witness.state != WitnessState::Firing || plan.while_alarming) continue;
    return Error{
        ErrorKind::Failed,
        fmt::format("the CloudWatch alarm {} is in ALARM already, before anything has begun, since {}: {}. When "
                    "this deployment is the cure, start it with --while-alarming",
                    witness.alarm, format_rfc3339(witness.since), witness.reason)};
  }
  return {};
}

}  // namespace sluice::rollout
