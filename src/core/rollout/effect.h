// What a deployment wants done. Every effect is idempotent and carries a token, so it may be sent again; the event that
// answers it names the token.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/rollout/colour.h"
#include "core/rollout/traffic_split.h"

namespace sluice::rollout {

struct CheckBlueAlarms {};
/// Waits for the scan of GREEN's image as long as the plan's gate says.
struct CheckScanFindings {};
struct PrepareRoute {};
struct RunHook {
  std::size_t index;  ///< In Plan::hooks.
};
struct RunReleaseCommand {};
struct StartGreen {};
/// GREEN's replicas into its slot, with BLUE's as their fallback. Never the other way: BLUE does not fall back on
/// GREEN.
struct AttachGreen {};
struct RunSmokeTests {
  bool front_door;  ///< As a user would come; else straight to GREEN whatever the split.
};
/// Moves the traffic and reads it back.
struct SetSplit {
  TrafficSplit split;
};
/// Answered by `ChecksJudged`.
struct JudgeChecks {};
/// Waits until the colour's open requests have ended; after its limit what is open is cut. Never fails for being late.
struct Drain {
  Colour colour;
};
struct Retire {
  Colour colour;
};
struct CollectEvidence {};
/// Answered when the others of the release have come as far.
struct AwaitRelease {};

enum class MessageKind {
  Held,
  HoldReminder,
  Succeeded,
  RolledBack,
  FailedBeforeTraffic,
  Cancelled,
  RollbackStuck,
  Figures,  ///< Of an end, for metrics: every deployment of a release has its own.
};
std::string_view to_string(MessageKind kind);

/// Tells people. Answered by `MessageDelivered` or `MessageAbandoned`; nothing waits for it.
struct SendMessage {
  MessageKind kind;
};

using Action =
    std::variant<CheckBlueAlarms, CheckScanFindings, PrepareRoute, RunHook, RunReleaseCommand, StartGreen, AttachGreen,
                 RunSmokeTests, SetSplit, JudgeChecks, Drain, Retire, CollectEvidence, AwaitRelease, SendMessage>;

struct Effect {
  std::string token;  ///< At most 36 ASCII characters.
  Action action;
  TimePoint deadline{};  ///< When the one who carries it out shall give up.
};

}  // namespace sluice::rollout
