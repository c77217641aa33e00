// One step of one deployment: a copy of the state that the handlers change, and the effects they want. `advance.cc`
// holds what each event means; this, the moves that the meanings are made of.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rollout/advance.h"

namespace sluice::rollout {

class Transition {
 public:
  Transition(State state, TimePoint now) : state_(std::move(state)), now_(now) {}

  Step finish() &&;

  void begin(const Started& started);

  void on(const Started&) {}  // only ever the first record, see begin()

  void on(const EffectSucceeded& event);

  void on(const EffectFailed& event);

  void on(const ChecksJudged& event);

  void on(const AlarmBreached& event);

  void on(const AlarmCleared& event);

  void on(const AnalysisDecided& event);

  void on(const BaselineMeasured& event);

  void on(const GreenLost& event);

  void on(const SplitDrifted& event);

  void on(const DeadlineReached&);

  void on(const Recovered&);

  void on(const PromoteRequested& event);

  void on(const HoldRequested& event);

  void on(const RollbackRequested& event);

  void on(const CancelRequested& event);

  void on(const Superseded& event);

  void on(const ReleaseTakenBack& event);

  void on(const MessageDelivered& event);
  void on(const MessageAbandoned& event);

 private:
  static constexpr Milliseconds kMessageLimit{15'000};

  // --- stages

  /// Starts the stage that `state_.stage` names, or holds before it when that was asked for.
  void enter_stage();

  /// `promote --full` passes over what lies between here and 100%.
  void skip_passed_steps();

  void next_stage();

  /// The same stage again after a restart of the controller: its effect with the same token, since it may have been
  /// carried out. What a bake had seen is lost with the process, so a bake begins anew.
  void resume_stage();

  void issue_stage_effect();

  void issue(const Action& action);

  Action action_of(const Stage& stage) const;

  void shifted();

  // --- failures

  void stage_failed(const Error& error);

  bool may_retry(const Stage& stage, const Error& error) const;

  Cause stage_cause(CauseKind kind, const Stage& stage, const Error& error) const;

  void effect_late();

  // --- checks, holds, the way back

  std::optional<analysis::Action> action_of_breach(const std::string& check) const;

  /// Acts on a breaching check. True when the deployment's way changed.
  bool breach(const CheckResult& result);

  /// A check that cannot answer at the end of a bake holds the deployment, unless its policy says otherwise (then its
  /// verdict is not NoData), a person has passed over it, or it is a first deployment that nobody has asked yet.
  bool withheld(const CheckResult& result) const;

  /// A person goes on in spite of an alarm. Who has accepted that it cannot answer has not accepted a breach.
  void pass_over(const Cause& cause, PassesOver what);

  /// Holds now, or as soon as the stage that runs has ended.
  void hold(Cause cause);

  void hold_deadline();

  TimePoint reminder_at() const;

  void roll_back(Cause cause);

  /// A split write that is in flight when the plan changes may land after the next one.
  void give_up_write();
  void give_up_correction();

  /// The stage's write was read back, but an older one landed meanwhile, or (on the way back, where nothing may be left
  /// to chance) may still land: write again until none can.
  bool must_write_again(const Stage& stage);

  // --- split writes beside the stage's own effect

  bool writes_split() const;

  void correct_split();

  /// True when the token was that of a split write beside the stage's own. One that was given up may have undone the
  /// newer one: the newer is written again.
  bool settle_side_write(const std::string& token);

  // --- the end, messages, tokens

  void end();

  Outcome outcome() const;

  static MessageKind message_for(Outcome outcome);

  /// A release has one end, of which one member tells: who caused it, or the last where all went well.
  bool tells_of(MessageKind kind) const;
  void send(MessageKind kind);

  void drop_message(const std::string& token);

  bool is_current(const std::string& token) const;

  std::string next_token();

  State state_;
  TimePoint now_;
  std::vector<Effect> effects_;
};

}  // namespace sluice::rollout
