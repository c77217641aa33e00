// What has happened to a deployment. Every event is durable in the journal before anything follows from it; replaying
// them gives the same state.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "core/analysis/baseline.h"
#include "core/analysis/decision.h"
#include "core/analysis/particulars.h"
#include "core/analysis/verdict.h"
#include "core/rollout/cause.h"
#include "core/rollout/plan.h"

namespace sluice::rollout {

struct Started {
  Plan plan;
  friend bool operator==(const Started&, const Started&) = default;
};
struct EffectSucceeded {
  std::string token;
  std::vector<std::string> lines;  ///< What the effect brought: evidence, a hook's last lines. Usually empty.
  friend bool operator==(const EffectSucceeded&, const EffectSucceeded&) = default;
};
struct EffectFailed {
  std::string token;
  Error error;
  friend bool operator==(const EffectFailed&, const EffectFailed&) = default;
};
/// One check's answer with the sentence that tells it to a person.
struct CheckResult {
  std::string alarm;
  analysis::Verdict verdict = analysis::Verdict::NoData;
  std::string sentence;
  bool blue_shows_it = false;  ///< It breaches, BLUE shows it too, and the alarm is gated: hold, no rollback.
  analysis::Particulars particulars = {};  ///< Of a breach; told in the sentence, too.
  friend bool operator==(const CheckResult&, const CheckResult&) = default;
};
/// The answer to the effect `JudgeChecks`.
struct ChecksJudged {
  std::string token;
  std::vector<CheckResult> results;
  friend bool operator==(const ChecksJudged&, const ChecksJudged&) = default;
};
/// A check began to breach while it was watched. (Verdicts that change nothing are not events.)
struct AlarmBreached {
  CheckResult result;
  friend bool operator==(const AlarmBreached&, const AlarmBreached&) = default;
};
/// A breach that a person had overruled is over: the alarm counts again.
struct AlarmCleared {
  std::string alarm;
  friend bool operator==(const AlarmCleared&, const AlarmCleared&) = default;
};
/// The comparison of both colours has come to a decision, Hold or Rollback.
struct AnalysisDecided {
  analysis::DecisionKind kind = analysis::DecisionKind::None;
  std::string reason;                      ///< `sequential errors`, …
  std::string message;                     ///< For people, with the figures that it rests on.
  double log_evidence = 0;                 ///< Against GREEN, in nats: of all metrics that roll back (or hold), …
  double log_needed = 0;                   ///< … and how much decides.
  analysis::Particulars particulars = {};  ///< Told in the message, too.
  friend bool operator==(const AnalysisDecided&, const AnalysisDecided&) = default;
};
/// GREEN's replicas cannot be kept alive (crash loop).
struct GreenLost {
  std::string reason;
  friend bool operator==(const GreenLost&, const GreenLost&) = default;
};
/// The router was read and says something else than was wanted (somebody's hand, a restart from an old file).
struct SplitDrifted {
  TrafficSplit observed;
  friend bool operator==(const SplitDrifted&, const SplitDrifted&) = default;
};
/// A deadline that the state named has come.
struct DeadlineReached {
  friend bool operator==(const DeadlineReached&, const DeadlineReached&) = default;
};
/// A controller has taken the deployment up again; nothing that was in flight is any more.
struct Recovered {
  friend bool operator==(const Recovered&, const Recovered&) = default;
};
/// What `promote` passes over of the alarm that holds the deployment.
enum class PassesOver {
  WhatHeld,    ///< Its breach or its silence, whichever it was.
  Everything,  ///< Both. Journals of schema 1 mean this; it is not written any more.
};
struct PromoteRequested {
  std::string by;
  bool full = false;  ///< To 100% at once; else one traffic step.
  PassesOver passes_over = PassesOver::WhatHeld;
  friend bool operator==(const PromoteRequested&, const PromoteRequested&) = default;
};
struct HoldRequested {
  std::string by;
  friend bool operator==(const HoldRequested&, const HoldRequested&) = default;
};
struct RollbackRequested {
  std::string by;
  std::string reason;  ///< May be empty.
  friend bool operator==(const RollbackRequested&, const RollbackRequested&) = default;
};
struct CancelRequested {
  std::string by;
  friend bool operator==(const CancelRequested&, const CancelRequested&) = default;
};
struct Superseded {
  std::string by;          ///< The user who asked for the newer deployment.
  std::string deployment;  ///< Its id.
  friend bool operator==(const Superseded&, const Superseded&) = default;
};
struct MessageDelivered {
  std::string token;
  friend bool operator==(const MessageDelivered&, const MessageDelivered&) = default;
};
/// A message that will not be tried again.
struct MessageAbandoned {
  std::string token;
  std::string reason;
  friend bool operator==(const MessageAbandoned&, const MessageAbandoned&) = default;
};

/// What BLUE's figures were before anything had begun, for the alarms that compare with them. Comes before the answer
/// to the effect `CheckBlueAlarms`.
struct BaselineMeasured {
  std::map<std::string, analysis::Baseline> baselines;  ///< By alarm.
  friend bool operator==(const BaselineMeasured&, const BaselineMeasured&) = default;
};

/// Another service of the release was taken back, and this one goes with it.
struct ReleaseTakenBack {
  std::string service;
  CauseKind kind = CauseKind::Person;  ///< Of the cause that it had: what was cancelled there is cancelled here.
  std::string sentence;                ///< Why.
  friend bool operator==(const ReleaseTakenBack&, const ReleaseTakenBack&) = default;
};

using Event = std::variant<Started, EffectSucceeded, EffectFailed, ChecksJudged, AlarmBreached, AlarmCleared, GreenLost,
                           SplitDrifted, DeadlineReached, Recovered, PromoteRequested, HoldRequested, RollbackRequested,
                           CancelRequested, Superseded, MessageDelivered, MessageAbandoned, AnalysisDecided,
                           BaselineMeasured, ReleaseTakenBack>;

}  // namespace sluice::rollout
