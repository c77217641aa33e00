// The replicas of revisions: containers on one machine, tasks in a cluster.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "core/rollout/colour.h"
#include "core/rollout/revision.h"
#include "core/rollout/service_key.h"

namespace sluice::ports {

struct Replica {
  std::string name;     ///< Unique on the machine; the same after a crash of sluice.
  int index = 0;        ///< 0 … replicas-1.
  std::string address;  ///< Where it answers.
  int port = 0;
  bool running = false;  ///< By a probe of its process, never by a recorded state.
  int restarts = 0;      ///< How often sluice started it again.
  /// Where its target keeps it alive by itself: why that does not help, though it may run. `it is in a crash loop: …`;
  /// empty: no reason. It says something else when it has got worse.
  std::string crash_loop = {};
};

/// What the revision before it said and this one does not: a target that carries a configuration over takes it out.
struct Dropped {
  std::vector<std::string> variables;  ///< Of `env` and `secrets`.
  bool command = false;
};

struct FleetStart {
  rollout::ServiceKey service;
  rollout::Revision revision;
  /// Values of `revision.secrets`, resolved just before the start; kept nowhere. Not of those that the target reads
  /// itself (`value_from`).
  std::vector<std::pair<std::string, Secret>> secrets;
  Dropped dropped = {};
  /// It may have begun before, in a process that has died since: what it made need not be told of yet by its target.
  bool may_have_begun = false;
};

/// What serves by the world's own account.
struct Serving {
  rollout::Revision revision;
  rollout::Slot slot = rollout::Slot::A;
  std::string content = {};  ///< Of flags: as JSON. Empty where a target does not tell.
};

class Fleet {
 public:
  virtual ~Fleet() = default;

  /// Brings up all replicas and waits until each answers its health check. Idempotent: replicas of this revision
  /// that already run and answer are kept, others are replaced. On failure no replica is left behind, and the message
  /// names the first cause (crash loop with exit code, out of memory, never healthy with the last probe's answer) and
  /// ends with the last lines of the log. Errors: Failed, TimedOut (health.within), Unavailable, NotFound (image),
  /// Cancelled.
  virtual Result<std::vector<Replica>> start(const FleetStart& request, std::stop_token stop) = 0;

  /// The replicas that exist now, running or not, by index. Not there at all: an empty list.
  virtual Result<std::vector<Replica>> observe(const rollout::ServiceKey& service, const std::string& revision_id) = 0;

  /// Starts one replica again that ended (new address possible) and waits for its health. As `start` otherwise.
  virtual Result<Replica> restart(const FleetStart& request, int index, std::stop_token stop) = 0;

  /// Ends and removes all replicas of a revision: TERM, then KILL after `grace`. None there: success.
  virtual Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) = 0;

  /// Runs a command once in a container of the revision's image, environment and secrets, without traffic.
  /// `token` makes a repeat after a crash find the first run's result. Error: Failed with exit code and log tail.
  virtual Status run_once(const FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                          Milliseconds within, std::stop_token stop) = 0;

  /// The last lines of the revision's replicas' logs, oldest first, each prefixed by the replica's index.
  virtual Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                                    int lines) = 0;

  /// What serves a service now that nobody here has deployed yet, and that `wanted` is going to replace. Nothing where
  /// a target keeps no account of its own: then what the journal says is all that there is. Errors: NotFound, Conflict,
  /// InvalidInput (`wanted` cannot be deployed there: says why), Denied, Unavailable.
  virtual Result<std::optional<Serving>> serving(const rollout::ServiceKey& /*service*/,
                                                 const rollout::Revision& /*wanted*/) {
    return std::optional<Serving>();
  }

  /// (service, revision id) of everything that this sluice has running or left behind.
  virtual Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() = 0;
};

}  // namespace sluice::ports
