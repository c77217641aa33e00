// ports::Journal in S3, for several machines. Each transaction is one conditional write of one object: of the index, or
// of the file of a deployment. Decision 0038 says what that promises.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/aws/s3/deployment_file.h"
#include "adapters/aws/s3/holder.h"
#include "adapters/aws/s3/index.h"
#include "adapters/aws/s3/object_store.h"
#include "ports/journal.h"
#include "ports/journal_owners.h"

namespace sluice::aws::s3 {

/// May be used from any number of threads at once; calls wait for each other, and for S3. Where S3 does not answer a
/// write, it may have happened: the next call finds out. `unarchived` and `queued` tell of this holder's alone, all
/// else of everybody's.
class Journal final : public ports::Journal, public ports::JournalOwners {
 public:
  using Pause = std::function<Status(Milliseconds)>;

  /// Claims what an earlier process of this holder has under way. All must outlive this. Errors: those of the store;
  /// InvalidInput for a journal of a newer sluice.
  static Result<std::unique_ptr<Journal>> open(ObjectStore& store, Holder& holder, Pause pause);

  Status enqueue_together(const std::vector<ports::QueuedDeployment>& queued) override;
  Result<std::vector<ports::QueuedDeployment>> queued() override;
  Status give_up(const ports::DeploymentSummary& summary) override;
  Result<std::vector<ports::Lease>> begin_together(const std::vector<rollout::Started>& started, TimePoint at,
                                                   const std::string& owner) override;
  Status append(const std::string& deployment, const ports::JournalRecord& record) override;
  Result<std::vector<ports::JournalRecord>> load(const std::string& deployment) override;
  Result<std::vector<std::string>> unarchived() override;
  Status keep_progress(const std::string& deployment, const std::string& bytes) override;
  Result<std::optional<std::string>> progress(const std::string& deployment) override;
  Status finish(const ports::DeploymentSummary& summary, const ports::LiveService* live) override;
  Status archive(const std::string& deployment) override;
  Result<std::vector<ports::Lease>> leases() override;
  Result<std::optional<ports::LiveService>> live(const rollout::ServiceKey& service) override;
  Result<std::vector<ports::LiveService>> all_live() override;
  Result<std::vector<ports::DeploymentSummary>> history(const std::optional<rollout::ServiceKey>& service,
                                                        int most) override;
  Result<std::vector<rollout::Revision>> revisions(const rollout::ServiceKey& service, int most) override;

  Result<std::vector<ports::OtherOwner>> others() override;
  Status take_over(const std::string& id, bool by_force) override;

 private:
  Journal(ObjectStore& store, Holder& holder, Pause pause) : store_(store), holder_(holder), pause_(std::move(pause)) {}

  /// A deployment's file as it is in S3, with what this process knows of it.
  struct Opened {
    DeploymentFile file;
    std::optional<std::string> etag;  ///< Nothing: it has no object yet.
    bool ended = false;
  };
  struct ReadIndex {
    Index index;
    std::optional<std::string> etag;
  };
  using Change = std::function<Status(Index&)>;

  Result<ReadIndex> read_index_now();
  Status transact(const Change& change);
  Result<std::optional<Opened>> read_file(const std::string& deployment);
  Result<Opened> open_file(const std::string& deployment, const Index& index);
  Result<Opened*> opened(const std::string& deployment);
  Status seize(const std::string& deployment, Opened& opened, const IndexedDeployment& entry);
  Status write(const std::string& deployment, Opened& opened, DeploymentFile wanted);
  Status meet(const std::string& deployment, Opened& opened, const std::string& stamp);
  Status make_file(const std::string& deployment, DeploymentFile file);
  Status may_begin(const Index& index, const rollout::Plan& plan) const;
  Status take_entries(const std::string& id);

  ObjectStore& store_;
  Holder& holder_;
  Pause pause_;
  std::mutex mutex_;
  std::map<std::string, Opened> opened_;  ///< Files of this holder that were read or begun here.
  std::set<std::string> known_;           ///< Deployments that this process was told it has.
};

}  // namespace sluice::aws::s3
