// Messages to people, and to programs that act for them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "core/rollout/end_figures.h"
#include "core/rollout/message_target.h"

namespace sluice::ports {

/// What a message is about, for receivers that do more than show it. All empty where there is nothing of the kind.
struct About {
  /// `held`, `hold_reminder`, `rolled_back`, `failed_before_traffic`, `cancelled`, `rollback_stuck`, `succeeded`,
  /// `figures`; `pipeline_failed` of a run that came to no deployment.
  std::string kind;
  std::string incident;  ///< All messages about one deployment, or one release, have the same.
  /// Incidents that this message ends: its own, and those of earlier deployments of the same services since the last
  /// one that had succeeded.
  std::vector<std::string> ended;
  TimePoint began{};  ///< When the deployment did: nothing about this incident is older.
  std::string project;
  std::string environment;
  std::string service;
  std::string label;     ///< Of the revision, for people.
  std::string revision;  ///< Its id.
  std::string image;
};

struct Message {
  std::string id;       ///< The same when it is sent again.
  std::string subject;  ///< One line.
  std::string text;     ///< Cause, figures, what to do next; several lines.
  enum class Tone { Good, Bad, Waiting } tone = Tone::Good;
  About about = {};
  std::optional<rollout::EndFigures> figures = {};  ///< Of `MessageKind::Figures` alone.
};

/// A place, and its secret as it was read just now; empty where it has none.
struct Recipient {
  rollout::MessagePlace place;
  Secret secret{""};
};

class Notifier {
 public:
  virtual ~Notifier() = default;
  /// One attempt. One that is sent again because its outcome is unknown may arrive twice, but never opens a second
  /// incident. Errors: Unavailable, TimedOut, Throttled, UnknownOutcome (repeat later); Denied, NotFound, InvalidInput
  /// (do not). No message of an error shows the secret.
  virtual Status send(const Recipient& to, const Message& message) = 0;
};

}  // namespace sluice::ports
