// Breaks one invariant on purpose, so that a test can prove that a checker notices. Never on in a campaign.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::simulation {

enum class Sabotage {
  None,
  LoseRestoreWrite,     ///< The router says that it went back to what was before, and did not.
  WriteStrayWeight,     ///< The router writes another weight than the one that was asked for.
  StopBlueEarly,        ///< BLUE is stopped as soon as GREEN has all of the traffic.
  StopWithTraffic,      ///< GREEN is stopped while it has a share of the traffic.
  StopLive,             ///< What serves is stopped between two deployments.
  StopBeforeTraffic,    ///< GREEN is stopped before its first share, which it gets all the same.
  RouteToCleared,       ///< The traffic goes to the slot out of which the last BLUE was taken.
  AttachWithoutHealth,  ///< The fleet says that GREEN is healthy before it ever was.
  KeepReplicas,         ///< The fleet says that it stopped a revision, and leaves one replica.
  GrantTwoLeases,       ///< The journal gives a lease that somebody has, and somebody takes it.
  KeepEpoch,            ///< A new lease has the epoch of the one before.
  ForgetRecord,         ///< The journal says that a record is durable, and forgets it.
  RaiseUnderAlarm,      ///< A split with more for GREEN is asked for while an alarm of action rollback breaches.
  DeafRouter,           ///< After the faults the router goes on refusing every split.
  HideErrors,           ///< Whoever counts answers counts no error.
  LoseMessages,         ///< The notifier answers that people are out for ever.
};

/// All but None, in the order of the enumeration.
const std::vector<Sabotage>& all_sabotages();
std::string_view to_string(Sabotage sabotage);

}  // namespace sluice::simulation
