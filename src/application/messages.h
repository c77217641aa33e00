// Messages about deployments: what they are about, and one attempt to deliver one.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/rollout/effect.h"
#include "core/rollout/plan.h"
#include "ports/journal.h"
#include "ports/notifier.h"
#include "ports/secrets.h"

namespace sluice::application {

/// The incident of a deployment: its id, or that of its release. The members of a release have the release's id, with a
/// number behind it from the second on.
std::string incident_of(const std::string& deployment);

/// The deployments of a service that have ended, newest first.
using History = std::function<Result<std::vector<ports::DeploymentSummary>>(const rollout::ServiceKey&)>;

/// What a message of this kind is about. A success ends the incidents of all its services since their last success;
/// without a history it ends only its own.
ports::About about(const rollout::Plan& plan, rollout::MessageKind kind, TimePoint began, const History& history);

/// One attempt at one place.
struct DeliveryAttempt {
  std::size_t target;  ///< Its place in `Plan::notify`.
  rollout::MessagePlace place;
  Status result;
};

/// What a message has come to so far, in memory only: after a crash it is sent to all again.
struct Delivery {
  int attempts = 0;
  std::set<std::size_t> done;  ///< Targets that have it, or will not take it.
  std::string refused;         ///< Why the last one of these did not.

  /// Takes what one attempt brought. Whether another one may help: never after `most`.
  bool take(const std::vector<DeliveryAttempt>& results, int most);
};

/// One attempt. A secret that cannot be read now may be later (a variable that `sluice recover` brings): Unavailable.
/// Other errors as the notifier's.
Status deliver(ports::Secrets& secrets, ports::Notifier& notifier, const rollout::MessagePlace& place,
               const ports::Message& message, const std::string& base_directory);

}  // namespace sluice::application
