#include "core/rollout/transition.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/rollout/stage_limits.h"
#include "core/rollout/witness.h"

namespace sluice::rollout {

void Transition::enter_stage() {
  skip_passed_steps();
  state_.stage_since = now_;
  state_.attempts = 0;
  state_.last_failure.clear();
  state_.retry_at.reset();
  state_.in_flight.reset();
  state_.bake_until.reset();
  const std::optional<Stage> stage = current_stage(state_);
  if (!stage) return end();
  if (state_.hold_requested && can_roll_back(state_)) {
    return hold(*std::exchange(state_.hold_requested, std::nullopt));
  }
  if (stage->kind == StageKind::Bake) {
    state_.bake_until = now_ + state_.plan.strategy.steps[stage->index].bake;
    return;
  }
  issue_stage_effect();
}

void Transition::skip_passed_steps() {
  if (!state_.promote_full || state_.mode != Mode::Forward) return;
  const std::size_t last = state_.plan.strategy.steps.size() - 1;
  for (std::optional<Stage> stage = current_stage(state_); stage; stage = current_stage(state_)) {
    const bool step = stage->kind == StageKind::Shift || stage->kind == StageKind::Bake;
    const bool round = stage->kind == StageKind::AwaitRelease && stage->index != kPrepareBarrier &&
                       stage->index < barrier_of_round(round_of(state_.plan, last));
    if (!round && (!step || stage->index == last)) return;
    ++state_.stage;
  }
}

void Transition::next_stage() {
  ++state_.stage;
  enter_stage();
}

void Transition::resume_stage() {
  const Stage stage = *current_stage(state_);
  if (stage.kind == StageKind::Bake) return enter_stage();
  state_.stage_since = now_;
  if (!state_.in_flight) return issue_stage_effect();
  const TimePoint deadline = now_ + stage_limit(state_.plan, stage);
  state_.in_flight->deadline = deadline;
  effects_.push_back(Effect{state_.in_flight->token, action_of(stage), deadline});
}

void Transition::issue_stage_effect() {
  const Stage stage = *current_stage(state_);
  state_.retry_at.reset();
  give_up_correction();
  if (stage.kind == StageKind::Shift) {
    state_.intended = split_for(state_.plan, state_.plan.strategy.steps[stage.index].weight);
    state_.touched = true;
  }
  issue(action_of(stage));
}

void Transition::issue(const Action& action) {
  const Stage stage = *current_stage(state_);
  const TimePoint deadline = now_ + stage_limit(state_.plan, stage);
  state_.in_flight = InFlight{next_token(), deadline};
  effects_.push_back(Effect{state_.in_flight->token, action, deadline});
}

Action Transition::action_of(const Stage& stage) const {
  switch (stage.kind) {
    case StageKind::CheckBlue: return CheckBlueAlarms{};
    case StageKind::CheckScan: return CheckScanFindings{};
    case StageKind::PrepareRoute: return PrepareRoute{};
    case StageKind::Hook: return RunHook{stage.index};
    case StageKind::ReleaseCommand: return RunReleaseCommand{};
    case StageKind::StartGreen: return StartGreen{};
    case StageKind::AttachGreen: return AttachGreen{};
    case StageKind::SmokeGreen: return RunSmokeTests{false};
    case StageKind::Shift: return SetSplit{state_.intended};
    case StageKind::Bake: return JudgeChecks{};
    case StageKind::SmokeFrontDoor: return RunSmokeTests{true};
    case StageKind::DrainBlue: return Drain{Colour::Blue};
    case StageKind::RetireBlue: return Retire{Colour::Blue};
    case StageKind::AwaitRelease: return AwaitRelease{};
    case StageKind::RestoreSplit: return SetSplit{state_.intended};
    case StageKind::CollectEvidence: return CollectEvidence{};
    case StageKind::DrainGreen: return Drain{Colour::Green};
    case StageKind::RetireGreen: return Retire{Colour::Green};
  }
  std::unreachable();
}

void Transition::shifted() {
  if (!state_.watched_since) state_.watched_since = now_;
  if (!state_.full_at && green_share(state_.plan, state_.intended) == Weight::full()) state_.full_at = now_;
}

void Transition::stage_failed(const Error& error) {
  const Stage stage = *current_stage(state_);
  ++state_.attempts;
  state_.last_failure = error.message;
  if (may_retry(stage, error)) {
    state_.retry_at = now_ + retry_after(state_.plan, stage, state_.attempts);
    if (stage.kind == StageKind::RestoreSplit && state_.attempts == kStuckAfterAttempts) {
      send(MessageKind::RollbackStuck);
    }
    return;
  }
  switch (stage.kind) {
    case StageKind::CheckBlue: return roll_back(Cause{CauseKind::AlreadyAlarming, "BLUE", error.message});
    case StageKind::CheckScan: return roll_back(stage_cause(CauseKind::Scan, stage, error));
    case StageKind::PrepareRoute:
    case StageKind::AttachGreen:
    case StageKind::Shift: return roll_back(stage_cause(CauseKind::Router, stage, error));
    case StageKind::Hook: return roll_back(stage_cause(CauseKind::Hook, stage, error));
    case StageKind::ReleaseCommand: return roll_back(stage_cause(CauseKind::ReleaseCommand, stage, error));
    case StageKind::StartGreen: return roll_back(stage_cause(CauseKind::Start, stage, error));
    case StageKind::SmokeGreen:
    case StageKind::SmokeFrontDoor: return roll_back(stage_cause(CauseKind::Smoke, stage, error));
    case StageKind::Bake: return hold(stage_cause(CauseKind::NoData, stage, error));
    case StageKind::AwaitRelease: return roll_back(stage_cause(CauseKind::Start, stage, error));
    // What is left behind is collected later; it does not decide the outcome.
    case StageKind::DrainBlue:
    case StageKind::RetireBlue:
    case StageKind::CollectEvidence:
    case StageKind::DrainGreen:
    case StageKind::RetireGreen: return next_stage();
    case StageKind::RestoreSplit: break;  // always repeated
  }
  std::unreachable();
}

bool Transition::may_retry(const Stage& stage, const Error& error) const {
  if (stage.kind == StageKind::RestoreSplit) return true;
  if (now_ >= state_.stage_since + stage_limit(state_.plan, stage)) return false;
  switch (stage.kind) {
    case StageKind::PrepareRoute:
    case StageKind::AttachGreen:
    case StageKind::Shift:
    case StageKind::DrainBlue:
    case StageKind::RetireBlue:
    case StageKind::DrainGreen: return is_retryable(error.kind);
    case StageKind::RetireGreen: return error.kind != ErrorKind::InvalidInput;
    // These ran, or may have run, the user's own code: only "nothing happened" is repeated.
    case StageKind::CheckBlue:
    case StageKind::Hook:
    case StageKind::ReleaseCommand:
    case StageKind::StartGreen: return error.kind == ErrorKind::Unavailable;
    default: return false;
  }
}

Cause Transition::stage_cause(CauseKind kind, const Stage& stage, const Error& error) const {
  const std::string name = describe(state_.plan, stage);
  return Cause{kind, name, fmt::format("{}: {}", name, error.message)};
}

void Transition::effect_late() {
  const Stage stage = *current_stage(state_);
  const InFlight late = *std::exchange(state_.in_flight, std::nullopt);
  if (stage.kind == StageKind::Shift || stage.kind == StageKind::RestoreSplit) {
    state_.stale_writes[late.token] = now_ + kStaleWriteLife;
  }
  const Milliseconds limit = stage_limit(state_.plan, stage);
  stage_failed(Error{ErrorKind::TimedOut, fmt::format("not done within {}", format_duration(limit))});
}

/// Of a check's breach; nothing for a check that the plan does not name.
std::optional<analysis::Action> Transition::action_of_breach(const std::string& check) const {
  const auto& alarms = state_.plan.alarms;
  const auto alarm = std::ranges::find(alarms, check, &analysis::Alarm::name);
  if (alarm != alarms.end()) return alarm->then;
  const bool is_witness =
      std::ranges::find(state_.plan.witnesses, check, check_of_witness) != state_.plan.witnesses.end();
  return is_witness ? std::optional(analysis::Action::Rollback) : std::nullopt;
}

bool Transition::breach(const CheckResult& result) {
  const std::optional<analysis::Action> action = action_of_breach(result.alarm);
  const bool counts = action && result.verdict == analysis::Verdict::Breaching &&
                      !state_.overruled.contains(result.alarm) && can_roll_back(state_);
  if (!counts) return false;
  Cause cause{CauseKind::Alarm, result.alarm, result.sentence, result.particulars};
  if (*action == analysis::Action::Rollback && !result.blue_shows_it) {
    roll_back(std::move(cause));
    return true;
  }
  if (state_.mode == Mode::Held || state_.hold_requested) return false;
  hold(std::move(cause));
  return true;
}

bool Transition::withheld(const CheckResult& result) const {
  // Nobody asks a service that has never been there, and there is nothing to go back to: the smoke tests vouch for it.
  const bool needs_data = state_.plan.blue.has_value();
  const bool silent =
      (needs_data && result.verdict == analysis::Verdict::NoData) || result.verdict == analysis::Verdict::Error;
  return silent && !state_.overruled_silence.contains(result.alarm);
}

void Transition::pass_over(const Cause& cause, PassesOver what) {
  const bool breach = cause.kind == CauseKind::Alarm || cause.kind == CauseKind::Analysis;
  const bool silence = cause.kind == CauseKind::NoData;
  if (!breach && !silence) return;
  const bool both = what == PassesOver::Everything;
  if (breach || both) state_.overruled.insert(cause.subject);
  if (silence || both) state_.overruled_silence.insert(cause.subject);
}

void Transition::hold(Cause cause) {
  if (!can_hold(state_.plan.green.target)) return roll_back(std::move(cause));  // the traffic would go on by itself
  if (!state_.first_sign && cause.kind != CauseKind::Person) state_.first_sign = now_;
  const Stage stage = *current_stage(state_);
  const bool waits_only = stage.kind == StageKind::Bake || stage.kind == StageKind::AwaitRelease;
  const bool running =
      !waits_only && state_.mode == Mode::Forward && (state_.in_flight.has_value() || state_.retry_at.has_value());
  if (running) {
    state_.hold_requested = std::move(cause);
    return;
  }
  state_.mode = Mode::Held;
  state_.in_flight.reset();
  state_.bake_until.reset();
  state_.retry_at.reset();
  state_.hold = Hold{std::move(cause), now_, now_ + state_.plan.strategy.hold_for};
  send(MessageKind::Held);
}

void Transition::hold_deadline() {
  if (state_.hold->deadline <= now_) {
    const std::string sentence = fmt::format(
        "held for {} without a word ({})", format_duration(state_.plan.strategy.hold_for), state_.hold->cause.sentence);
    return roll_back(Cause{CauseKind::HoldExpired, state_.hold->cause.subject, sentence});
  }
  if (state_.hold->reminded || reminder_at() > now_) return;
  state_.hold->reminded = true;
  send(MessageKind::HoldReminder);
}

TimePoint Transition::reminder_at() const { return state_.hold->since + state_.plan.strategy.hold_for / 2; }

void Transition::roll_back(Cause cause) {
  if (state_.mode == Mode::RollingBack || state_.mode == Mode::Ended) return;
  give_up_write();
  state_.cause = std::move(cause);
  if (!state_.first_sign) state_.first_sign = now_;
  state_.mode = Mode::RollingBack;
  state_.hold.reset();
  state_.hold_requested.reset();
  state_.intended = state_.plan.before;
  state_.stage = 0;
  enter_stage();
}

void Transition::give_up_write() {
  const std::optional<Stage> stage = current_stage(state_);
  if (state_.in_flight && stage && stage->kind == StageKind::Shift) {
    state_.stale_writes[state_.in_flight->token] = now_ + kStaleWriteLife;
  }
  give_up_correction();
}

void Transition::give_up_correction() {
  if (!state_.correction) return;
  state_.stale_writes[*std::exchange(state_.correction, std::nullopt)] = now_ + kStaleWriteLife;
}

bool Transition::must_write_again(const Stage& stage) {
  if (stage.kind != StageKind::Shift && stage.kind != StageKind::RestoreSplit) return false;
  if (std::exchange(state_.rewrite, false)) {
    issue_stage_effect();
    return true;
  }
  if (stage.kind == StageKind::Shift || state_.stale_writes.empty()) return false;
  state_.retry_at = now_ + kLongestRollbackRetry;
  return true;
}

bool Transition::writes_split() const {
  const std::optional<Stage> stage = current_stage(state_);
  const bool stage_writes = stage && (stage->kind == StageKind::Shift || stage->kind == StageKind::RestoreSplit);
  return stage_writes || state_.correction.has_value();
}

void Transition::correct_split() {
  state_.correction = next_token();
  effects_.push_back(Effect{*state_.correction, SetSplit{state_.intended}, now_ + std::chrono::seconds{10}});
}

bool Transition::settle_side_write(const std::string& token) {
  if (state_.correction == token) {
    state_.correction.reset();
    return true;
  }
  if (state_.stale_writes.erase(token) == 0) return false;
  if (state_.mode == Mode::Ended) return true;
  if (writes_split()) {
    state_.rewrite = true;
  } else {
    correct_split();
  }
  return true;
}

void Transition::end() {
  state_.mode = Mode::Ended;
  state_.ended_at = now_;
  state_.outcome = outcome();
  send(message_for(*state_.outcome));
  // No journal from before there were any has one: tokens stay the same.
  if (any_takes_figures(state_.plan.notify)) send(MessageKind::Figures);
}

Outcome Transition::outcome() const {
  if (!state_.cause) return Outcome::Succeeded;
  if (state_.cause->kind == CauseKind::Cancelled) return Outcome::Cancelled;
  if (state_.touched) return Outcome::RolledBack;
  const bool asked = state_.cause->kind == CauseKind::Person || state_.cause->kind == CauseKind::Superseded;
  return asked ? Outcome::Cancelled : Outcome::FailedBeforeTraffic;
}

MessageKind Transition::message_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::Succeeded: return MessageKind::Succeeded;
    case Outcome::RolledBack: return MessageKind::RolledBack;
    case Outcome::FailedBeforeTraffic: return MessageKind::FailedBeforeTraffic;
    case Outcome::Cancelled: return MessageKind::Cancelled;
  }
  std::unreachable();
}

bool Transition::tells_of(MessageKind kind) const {
  if (!state_.plan.release) return true;
  if (kind == MessageKind::Succeeded) return state_.plan.release->members.back().deployment == state_.plan.deployment;
  const bool is_its_end =
      kind == MessageKind::RolledBack || kind == MessageKind::FailedBeforeTraffic || kind == MessageKind::Cancelled;
  return !is_its_end || !state_.cause || state_.cause->because_of.empty();
}

void Transition::send(MessageKind kind) {
  if (!tells_of(kind)) return;
  state_.messages.push_back(PendingMessage{next_token(), kind});
  effects_.push_back(Effect{state_.messages.back().token, SendMessage{kind}, now_ + kMessageLimit});
}

void Transition::drop_message(const std::string& token) {
  std::erase_if(state_.messages, [&](const PendingMessage& message) { return message.token == token; });
}

bool Transition::is_current(const std::string& token) const {
  return state_.in_flight && state_.in_flight->token == token;
}

std::string Transition::next_token() { return fmt::format("{}-{}", state_.plan.deployment, state_.next_token++); }

}  // namespace sluice::rollout
