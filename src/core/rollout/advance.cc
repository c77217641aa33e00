#include "core/rollout/advance.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "core/rollout/transition.h"

namespace sluice::rollout {

Step Transition::finish() && { return Step{std::move(state_), std::move(effects_)}; }

void Transition::begin(const Started& started) {
  SLUICE_ASSERT(!started.plan.strategy.steps.empty());
  state_.plan = started.plan;
  state_.started_at = now_;
  state_.intended = started.plan.before;
  enter_stage();
}

void Transition::on(const EffectSucceeded& event) {
  if (settle_side_write(event.token) || !is_current(event.token)) return;
  const Stage stage = *current_stage(state_);
  if (stage.kind == StageKind::Bake) return;  // its effect is answered by verdicts alone
  state_.in_flight.reset();
  if (must_write_again(stage)) return;
  const bool tells = stage.kind == StageKind::CollectEvidence || stage.kind == StageKind::RestoreSplit;
  if (tells) state_.evidence.insert(state_.evidence.end(), event.lines.begin(), event.lines.end());
  if (stage.kind == StageKind::Shift) shifted();
  if (stage.kind == StageKind::RestoreSplit) state_.restored_at = now_;
  next_stage();
}

void Transition::on(const EffectFailed& event) {
  if (settle_side_write(event.token) || !is_current(event.token)) return;
  state_.in_flight.reset();
  stage_failed(event.error);
}

void Transition::on(const ChecksJudged& event) {
  if (!is_current(event.token)) return;
  state_.in_flight.reset();
  for (const CheckResult& result : event.results) {
    if (breach(result)) return;
  }
  for (const CheckResult& result : event.results) {
    if (withheld(result)) return hold(Cause{CauseKind::NoData, result.alarm, result.sentence});
  }
  next_stage();
}

void Transition::on(const AlarmBreached& event) { breach(event.result); }

void Transition::on(const AlarmCleared& event) {
  state_.overruled.erase(event.alarm);
  state_.overruled_silence.erase(event.alarm);
}

void Transition::on(const AnalysisDecided& event) {
  if (state_.overruled.contains(event.reason) || !can_roll_back(state_)) return;
  Cause cause{CauseKind::Analysis, event.reason, event.message, event.particulars};
  if (event.kind == analysis::DecisionKind::Rollback) return roll_back(std::move(cause));
  if (state_.mode != Mode::Held && !state_.hold_requested) hold(std::move(cause));
}

void Transition::on(const BaselineMeasured& event) { state_.baselines = event.baselines; }

void Transition::on(const GreenLost& event) {
  if (can_roll_back(state_)) roll_back(Cause{CauseKind::GreenLost, "GREEN", event.reason});
}

void Transition::on(const SplitDrifted& event) {
  if (state_.mode == Mode::Ended || event.observed == state_.intended || writes_split()) return;
  correct_split();
}

void Transition::on(const DeadlineReached&) {
  if (state_.mode == Mode::Ended) return;
  std::erase_if(state_.stale_writes, [this](const auto& write) { return write.second <= now_; });
  if (state_.hold) return hold_deadline();
  if (state_.in_flight && state_.in_flight->deadline <= now_) return effect_late();
  if (state_.retry_at && *state_.retry_at <= now_) return issue_stage_effect();
  if (state_.bake_until && *state_.bake_until <= now_ && !state_.in_flight) issue(JudgeChecks{});
}

void Transition::on(const Recovered&) {
  state_.stale_writes.clear();  // they died with the process that had sent them
  state_.correction.reset();
  for (const PendingMessage& message : state_.messages) {
    effects_.push_back(Effect{message.token, SendMessage{message.kind}, now_ + kMessageLimit});
  }
  if (state_.mode == Mode::Ended) return;
  state_.rewrite = false;
  if (state_.touched && !writes_split()) correct_split();
  if (state_.watched_since) state_.watched_since = now_;  // what was seen before is lost with the process
  if (state_.mode == Mode::Held) return;
  resume_stage();
}

void Transition::on(const PromoteRequested& event) {
  if (state_.mode != Mode::Forward && state_.mode != Mode::Held) return;
  state_.promote_full = state_.promote_full || event.full;
  state_.hold_requested.reset();
  state_.first_sign.reset();
  const bool was_held = std::exchange(state_.mode, Mode::Forward) == Mode::Held;
  if (was_held) {
    pass_over(state_.hold->cause, event.passes_over);
    state_.hold.reset();
  }
  const Stage stage = *current_stage(state_);
  if (stage.kind == StageKind::Bake) {
    state_.in_flight.reset();
    next_stage();
  } else if (was_held || (event.full && stage.kind == StageKind::AwaitRelease)) {
    enter_stage();
  }
}

void Transition::on(const HoldRequested& event) {
  if (state_.mode != Mode::Forward || !can_roll_back(state_)) return;
  hold(Cause{CauseKind::Person, event.by, fmt::format("{} asked to hold", event.by)});
}

void Transition::on(const RollbackRequested& event) {
  if (!can_roll_back(state_)) return;
  const std::string reason = event.reason.empty() ? "" : ": " + event.reason;
  roll_back(Cause{CauseKind::Person, event.by, fmt::format("{} asked to roll back{}", event.by, reason)});
}

void Transition::on(const CancelRequested& event) {
  if (!can_roll_back(state_)) return;
  roll_back(Cause{CauseKind::Cancelled, event.by, fmt::format("{} cancelled the deployment", event.by)});
}

void Transition::on(const Superseded& event) {
  if (!can_roll_back(state_)) return;
  roll_back(Cause{CauseKind::Superseded, event.by,
                  fmt::format("the newer deployment {} of {} takes its place", event.deployment, event.by)});
}

void Transition::on(const ReleaseTakenBack& event) {
  if (!can_roll_back(state_)) return;
  Cause cause{event.kind, event.service,
              fmt::format("{}, of the same release, was taken back: {}", event.service, event.sentence)};
  cause.because_of = event.service;
  roll_back(std::move(cause));
}

void Transition::on(const MessageDelivered& event) { drop_message(event.token); }

void Transition::on(const MessageAbandoned& event) { drop_message(event.token); }

Step start(const Started& started, TimePoint now) {
  Transition transition(State{}, now);
  transition.begin(started);
  return std::move(transition).finish();
}

Step advance(const State& state, const Event& event, TimePoint now) {
  Transition transition(state, now);
  std::visit([&](const auto& e) { transition.on(e); }, event);
  return std::move(transition).finish();
}

std::optional<TimePoint> next_deadline(const State& state) {
  if (state.mode == Mode::Ended) return std::nullopt;
  if (state.hold) {
    if (state.hold->reminded) return state.hold->deadline;
    return std::min(state.hold->deadline, state.hold->since + state.plan.strategy.hold_for / 2);
  }
  if (state.in_flight) return state.in_flight->deadline;
  if (state.retry_at) return state.retry_at;
  return state.bake_until;
}

bool can_roll_back(const State& state) {
  if (state.mode == Mode::Held) return true;
  if (state.mode != Mode::Forward) return false;
  const std::optional<Stage> stage = current_stage(state);
  // Past its last barrier a release stands as a whole.
  return !stage ||
         (stage->kind != StageKind::RetireBlue && !(stage->kind == StageKind::DrainBlue && state.plan.release));
}

}  // namespace sluice::rollout
