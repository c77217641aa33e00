// The durable memory of deployments: their events, their leases, what is live and what was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"

namespace sluice::ports {

struct JournalRecord {
  int sequence = 0;  ///< From 0 without gaps, a deployment each.
  TimePoint at{};
  rollout::Event event;
};

/// The right to deploy one service in one environment.
struct Lease {
  rollout::ServiceKey service;
  std::string deployment;
  std::string owner;  ///< Who runs it: user and process, for people.
  int epoch = 0;      ///< Rises by one with every new holder.
  TimePoint taken_at{};
};

/// One ended deployment, for `history`.
struct DeploymentSummary {
  std::string deployment;
  rollout::ServiceKey service;
  std::string revision;
  std::string label;
  std::string image;
  std::string previous_revision;  ///< Empty at the first deployment.
  std::string requested_by;
  rollout::Outcome outcome = rollout::Outcome::Succeeded;
  std::string cause_kind;  ///< Empty when it succeeded.
  std::string cause;       ///< The sentence.
  TimePoint started_at{};
  std::optional<TimePoint> full_at;      ///< When 100% on GREEN was first read back.
  std::optional<TimePoint> restored_at;  ///< When a rollback's split was read back.
  TimePoint ended_at{};
};

/// What serves a service now.
struct LiveService {
  rollout::ServiceKey service;
  rollout::Revision revision;
  rollout::Slot slot = rollout::Slot::A;
  rollout::FrontDoor front_door;
  friend bool operator==(const LiveService&, const LiveService&) = default;
};

/// A deployment that waits for the one that it supersedes.
struct QueuedDeployment {
  rollout::Plan plan;  ///< What follows from what is live then is still open.
  TimePoint at{};
};

class Journal {
 public:
  virtual ~Journal() = default;

  /// Keeps deployments until they begin or are given up: all of them, or none. Errors: Conflict (one waits for a service
  /// already: named), Unavailable.
  virtual Status enqueue_together(const std::vector<QueuedDeployment>& queued) = 0;
  Status enqueue(const QueuedDeployment& queued) { return enqueue_together({queued}); }
  /// By service.
  virtual Result<std::vector<QueuedDeployment>> queued() = 0;
  /// It cannot begin: it leaves the queue and is an ended, archived deployment with this summary. One that is not in
  /// the queue: nothing.
  virtual Status give_up(const DeploymentSummary& summary) = 0;

  /// Takes each one's lease, writes its record 0 and takes it out of the queue, in one transaction for all. Error:
  /// Conflict naming the deployment and owner that have a lease; nothing is written then.
  virtual Result<std::vector<Lease>> begin_together(const std::vector<rollout::Started>& started, TimePoint at,
                                                    const std::string& owner) = 0;
  Result<Lease> begin(const rollout::Started& started, TimePoint at, const std::string& owner) {
    TRY_ASSIGN(const std::vector<Lease> leases, begin_together({started}, at, owner));
    return leases.front();
  }

  /// Durable when it returns. Errors: Conflict (this sequence exists, or the lease has a newer epoch), Unavailable
  /// (disk full, store gone): nothing is written then.
  virtual Status append(const std::string& deployment, const JournalRecord& record) = 0;

  /// All records in order. Error: NotFound; InvalidInput for a record of a newer schema.
  virtual Result<std::vector<JournalRecord>> load(const std::string& deployment) = 0;

  /// Ids of deployments that are not archived, oldest first.
  virtual Result<std::vector<std::string>> unarchived() = 0;

  /// Keeps what has been seen of a deployment's traffic, in place of what was kept before; it goes with the
  /// deployment's end. The bytes mean nothing to the journal. Errors: NotFound, Unavailable.
  virtual Status keep_progress(const std::string& deployment, const std::string& bytes) = 0;
  /// Nothing when none is kept.
  virtual Result<std::optional<std::string>> progress(const std::string& deployment) = 0;

  /// Frees the lease, writes the summary, and sets what is live (`nullptr`: as it was), in one transaction. Repeating
  /// it changes nothing.
  virtual Status finish(const DeploymentSummary& summary, const LiveService* live) = 0;
  /// Nothing is left to do for an ended deployment: its messages are delivered or given up.
  virtual Status archive(const std::string& deployment) = 0;

  virtual Result<std::vector<Lease>> leases() = 0;
  virtual Result<std::optional<LiveService>> live(const rollout::ServiceKey& service) = 0;
  virtual Result<std::vector<LiveService>> all_live() = 0;

  /// Newest first; `service` empty: all.
  virtual Result<std::vector<DeploymentSummary>> history(const std::optional<rollout::ServiceKey>& service,
                                                         int most) = 0;
  /// Revisions that once served all of the traffic, newest first, without doubles, at most `most`.
  virtual Result<std::vector<rollout::Revision>> revisions(const rollout::ServiceKey& service, int most) = 0;
};

}  // namespace sluice::ports
